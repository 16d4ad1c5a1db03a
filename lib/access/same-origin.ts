/**
 * Whether a request that changes something may have come from where it says. A browser tells the origin of the page that
 * sent it (`Sec-Fetch-Site`, `Origin`); a script sends neither and passes. Returns why not, or `null`.
 */
export function crossOriginReason(headers: Headers): string | null {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return `the page is ${site} to this address`;
  const origin = headers.get("origin");
  if (origin === null) return null;
  return isOwn(origin, headers) ? null : `the page's origin is ${origin.slice(0, 200)}`;
}

/**
 * A page of a foreign name can be made to resolve to this machine's own address (DNS rebinding), and then counts as same
 * origin. It cannot hide the name it asked for. The front refuses such requests, and marks the name that it let pass.
 * Returns the refused name, or `null`.
 */
export function untrustedHost(headers: Headers): string | null {
  const host = headers.get("host") ?? "";
  return headers.get("x-pitwall-host") === host && host !== "" ? null : untrustedName(host, []);
}

/**
 * The same of one `Host`: names that mean this machine, plain addresses and the names under which Pitwall is known
 * (`urls`, as origins) pass; others do not.
 */
export function untrustedName(host: string, urls: readonly string[]): string | null {
  const name = nameOf(host);
  if (name === "localhost" || name.endsWith(".localhost") || isAddress(name)) return null;
  if (name !== "" && urls.some((url) => nameOf(new URL(url).host) === name)) return null;
  return name.slice(0, 200);
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

function isOwn(origin: string, headers: Headers): boolean {
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  const proto = headers.get("x-pitwall-proto");
  return host === headers.get("host") && (proto === null || protocol === `${proto}:`);
}
