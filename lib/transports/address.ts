/** Where to connect: a TCP port of a host, or a Unix socket. */
export type Address =
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  | { readonly type: "unix"; readonly path: string };

/**
 * Reads `host:port`, `[v6]:port`, a bare `host`, `v6` or `[v6]` (then with `defaultPort`), or the absolute path of a
 * Unix socket. `undefined` when it is none of them.
 */
export function parseAddress(text: string, defaultPort?: number): Address | undefined {
  if (text.startsWith("/")) return { type: "unix", path: text };
  const match = /^(?:\[([0-9a-f:.%a-z]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  if (match) {
    const port = match[3] === undefined ? defaultPort : Number(match[3]);
    if (port === undefined || port < 1 || port > 65_535) return undefined;
    return { type: "tcp", host: (match[1] ?? match[2]) as string, port };
  }
  if (defaultPort !== undefined && /^[0-9a-f:.]+$/i.test(text) && text.includes(":")) {
    return { type: "tcp", host: text, port: defaultPort };
  }
  return undefined;
}

/** As a person writes it: `10.0.0.5:80`, `[::1]:80`, `/run/haproxy.sock`. */
export function formatAddress(address: Address): string {
  if (address.type === "unix") return address.path;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
