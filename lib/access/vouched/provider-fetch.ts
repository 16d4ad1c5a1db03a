import { type Failure, failure } from "#lib/core/failure.ts";
import type { HttpTransport } from "#lib/transports/types.ts";

/** As `fetch`, but for what an OpenID provider is asked: bounded in time and size, and no redirect is followed. */
export type ProviderFetch = (url: string, asked: ProviderRequest) => Promise<Response>;

export interface ProviderRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The provider gave no answer that could be read. Thrown, for the library between here and there knows no other way. */
export class ProviderSilent extends Error {
  readonly failure: Failure;
  constructor(why: Failure) {
    super(why.what);
    this.failure = why;
  }
}

const bounds = { timeoutMs: 5_000, maxBytes: 262_144 } as const;
const bodiless = new Set([204, 205, 304]);

/** Asks by that transport, which obeys `reach`. */
export function createProviderFetch(http: HttpTransport, timeoutMs: number = bounds.timeoutMs): ProviderFetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await http.request({
      url,
      method,
      headers,
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      timeoutMs,
      maxBytes: bounds.maxBytes,
      signal: signal ?? new AbortController().signal,
      redirects: 0,
    });
    if (!answer.ok) throw new ProviderSilent(answer.error);
    const { status, headers: told } = answer.value;
    if (status >= 300 && status < 400 && status !== 304) {
      throw new ProviderSilent(failure("malformed", `${new URL(url).host} redirects, which is not followed here`));
    }
    // It is unpacked already, and its length is another one now.
    const kept = Object.entries(told).filter(
      ([name]) => !/^(content-(encoding|length)|transfer-encoding)$/i.test(name),
    );
    const bytes = bodiless.has(status) ? null : new Uint8Array(answer.value.body);
    return new Response(bytes, { status, headers: Object.fromEntries(kept) });
  };
}

/** What kept the provider from answering, somewhere below an error; `null` when it did answer. */
export function silenceWithin(error: unknown): Failure | null {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    if (cause instanceof ProviderSilent) return cause.failure;
    cause = cause.cause;
  }
  return null;
}
