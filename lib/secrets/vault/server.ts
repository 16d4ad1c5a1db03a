import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { trimEndOf } from "#lib/core/trim-end.ts";
import type { ProviderWays } from "#lib/secrets/provider.ts";
import type { VaultConfig } from "#lib/secrets/vault/config.ts";

/** The Vault of one entry, and how to get there. */
export interface VaultServer {
  readonly config: VaultConfig;
  readonly ways: ProviderWays;
}

export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** After `/v1/`. */
  readonly path: string;
  readonly token?: string;
  readonly body?: Readonly<Record<string, string>>;
}

export interface VaultAnswer {
  readonly status: number;
  /** Empty when it was no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

const maxAnswerBytes = 1_000_000;

/** One request. Any status is an answer. What Vault says is never repeated: it may quote what it was sent. */
export async function askVault(
  { config, ways }: VaultServer,
  { method, path, token, body }: VaultRequest,
  signal: AbortSignal,
): Promise<Result<VaultAnswer>> {
  const ca = config.ca === undefined ? ok(undefined) : ways.secret(config.ca);
  if (!ca.ok) return ca;
  const answer = await ways.http.request({
    url: `${trimEndOf(config.address, "/")}/v1/${path.split("/").map(encodeURIComponent).join("/")}`,
    method,
    headers: {
      "x-vault-request": "true",
      ...(token === undefined ? {} : { "x-vault-token": token }),
      ...(config.namespace === undefined ? {} : { "x-vault-namespace": config.namespace }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(ca.value === undefined ? {} : { ca: ca.value }),
    // A token goes to the address that was named, and to no other.
    redirects: 0,
    timeoutMs: config.timeout,
    maxBytes: maxAnswerBytes,
    signal,
  });
  return answer.ok
    ? ok({ status: answer.value.status, body: parse(answer.value.body.toString("utf8")) })
    : err(ofVault(answer.error));
}

function ofVault({ kind, what }: Failure): Failure {
  return failure(kind, `Vault: ${what}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
