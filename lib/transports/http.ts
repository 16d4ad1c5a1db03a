import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Address, parseAddress } from "#lib/transports/address.ts";
import { exchangeHop, type HopAnswer, type HopWorld } from "#lib/transports/http-exchange.ts";
import { type HopRequest, isRedirect, redirected } from "#lib/transports/http-redirect.ts";
import type { Reach } from "#lib/transports/reach.ts";
import { readUrl } from "#lib/transports/read-url.ts";
import { createTlsContexts } from "#lib/transports/tls-context.ts";
import type { HttpAnswer, HttpRequest, HttpTransport } from "#lib/transports/types.ts";
import { startWatch, type Watch } from "#lib/transports/watch.ts";

/**
 * HTTP/1.1 over a fresh connection per request, so that a connection kept from better times never hides that a new one
 * fails. One timer per request bounds everything, every redirect included.
 */
export function createHttp(reach: Reach): HttpTransport {
  const world: HopWorld = { reach, tls: createTlsContexts() };
  return {
    async request(request) {
      const first = firstHop(request);
      if (!first.ok) return first;
      const watch = startWatch(request);
      try {
        return await followed(world, request, first.value, watch);
      } finally {
        watch.release();
      }
    },
  };
}

async function followed(
  world: HopWorld,
  request: HttpRequest,
  first: HopRequest,
  watch: Watch,
): Promise<Result<HttpAnswer>> {
  const allowed = request.redirects ?? 0;
  const redirectedTo: string[] = [];
  const seen = new Set<string>();
  let hop = first;
  for (;;) {
    const address = addressOf(hop.url, first.url, request.address);
    if (!address.ok) return address;
    const answer = await exchangeHop(world, { ...hop, address: address.value, request, follow: allowed > 0 }, watch);
    if (!answer.ok) return answer;
    const { status, headers } = answer.value;
    if (allowed === 0 || !isRedirect(status, headers.location)) return ok(finished(answer.value, redirectedTo, watch));
    seen.add(`${hop.method} ${hop.url.href}`);
    const next = redirected(hop, status, headers.location);
    if (!next.ok) return next;
    if (seen.has(`${next.value.method} ${next.value.url.href}`)) {
      return err(failure("redirect-loop", `${first.url.host} redirects in a circle over ${seen.size} addresses`));
    }
    if (redirectedTo.length >= allowed) {
      return err(failure("redirect-loop", `${first.url.host} still redirects after ${allowed} hops`));
    }
    hop = next.value;
    redirectedTo.push(withoutCredentials(hop.url));
  }
}

function finished(answer: HopAnswer, redirectedTo: readonly string[], watch: Watch): HttpAnswer {
  const { times, ...rest } = answer;
  const { dnsMs, connectMs, tlsMs, firstByteMs } = times;
  const timings = {
    dnsMs: hundredths(dnsMs),
    connectMs: hundredths(connectMs),
    tlsMs: hundredths(tlsMs),
    firstByteMs: hundredths(firstByteMs),
    totalMs: Math.floor(watch.elapsedMs() * 100) / 100,
  };
  return { ...rest, redirectedTo, timings };
}

/** Finer than this, a timing tells of the scheduler, not of the server. Down, so that the parts never exceed the whole. */
function hundredths(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms * 100) / 100;
}

function firstHop(request: HttpRequest): Result<HopRequest> {
  const url = readUrl(request.url);
  if (url === null) return err(failure("malformed", "the URL to ask is not a valid address"));
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return err(failure("malformed", `the URL to ask must begin with http: or https:, not ${url.protocol}`));
  }
  const { body } = request;
  const method = (request.method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  return ok({ url, method, headers: request.headers ?? {}, body });
}

/**
 * Where to connect for a URL. The override stands for the host of the first URL, wherever a redirect stays on that host:
 * its port for the first URL's port only, because a redirect to https means another port of the same node.
 */
function addressOf(url: URL, first: URL, override: string | undefined): Result<Address> {
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const port = portOf(url);
  if (override === undefined || url.hostname !== first.hostname) return ok({ type: "tcp", host, port });
  const there = parseAddress(override, port);
  if (!there) return err(failure("malformed", `${override} is no address like 10.0.0.5:80`));
  return ok(there.type === "unix" || port === portOf(first) ? there : { ...there, port });
}

function portOf(url: URL): number {
  return url.port !== "" ? Number(url.port) : url.protocol === "https:" ? 443 : 80;
}

function withoutCredentials(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const clean = new URL(url);
  clean.username = "";
  clean.password = "";
  return clean.href;
}
