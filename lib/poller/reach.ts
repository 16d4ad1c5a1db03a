import type { Reach } from "#lib/core/distrust.ts";
import type { Result } from "#lib/core/result.ts";
import { readUrl } from "#lib/transports/read-url.ts";
import type { Transports } from "#lib/transports/types.ts";

/** Transports that remember what each call over a network came to; calls that stay on this machine say nothing. */
export interface NotedTransports {
  readonly transports: Transports;
  /** What was noted since the last taking. */
  readonly take: () => readonly Reach[];
}

export function noteReach({ http, tcp, ssh, postgres }: Transports): NotedTransports {
  let seen: Reach[] = [];
  async function note<T>(hostOfCall: () => string | null, call: Promise<Result<T>>): Promise<Result<T>> {
    const result = await call;
    // What was not asked says nothing of the network.
    if (!result.ok && result.error.kind === "not-allowed") return result;
    const host = hostOfCall();
    if (host !== null) seen.push({ host, failure: result.ok ? null : result.error });
    return result;
  }
  return {
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    transports: {
      http: { request: (request) => note(() => httpHost(request.address, request.url), http.request(request)) },
      tcp: { exchange: (request) => note(() => exchangeHost(request.from, request.to), tcp.exchange(request)) },
      ssh: { run: (host, request) => note(() => (host === "local" ? null : host), ssh.run(host, request)) },
      postgres: {
        query: (target, sql, values, bounds) =>
          note(() => target.via ?? hostOf(target.host), postgres.query(target, sql, values, bounds)),
      },
    },
  };
}

function httpHost(address: string | undefined, url: string): string | null {
  // A URL that cannot be read never gets as far as a network.
  return hostOf(address ?? readUrl(url)?.host ?? "/");
}

function exchangeHost(from: string, to: string): string | null {
  return from === "local" ? hostOf(to) : from;
}

/** Of `host:port`, `[v6]:port` or `host`; `null` for a Unix socket's path. */
function hostOf(address: string): string | null {
  if (address.startsWith("/")) return null;
  const v6 = /^\[([^\]]+)\]/.exec(address);
  if (v6?.[1] !== undefined) return v6[1];
  return address.split(":").length === 2 ? (address.split(":")[0] ?? address) : address;
}
