import * as jose from "jose";
import type * as openid from "openid-client";
import type { ProviderFetch } from "#lib/access/vouched/provider-fetch.ts";
import type { OidcSettings } from "#lib/core/access-settings.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** Whom the provider signs out: a person, a session of its own, or both. */
export interface LoggedOut {
  readonly subject: string | null;
  readonly sid: string | null;
}

/** Clocks of two machines differ by so much at most. */
export const skewSeconds = 60;
/** Signatures that only the provider can make: with `none` or a shared secret anybody else might have. */
export const signatures = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";

/** OpenID Connect Back-Channel Logout 1.0, 2.6. No token that was made for anything else passes (4.1). */
export async function readLogoutToken(
  keys: jose.JWTVerifyGetKey | undefined,
  { issuer, clientId }: OidcSettings,
  token: string,
  now: number,
): Promise<Result<LoggedOut, string>> {
  if (keys === undefined) return err("the provider names no keys");
  const { payload } = await jose.jwtVerify(token, keys, {
    issuer,
    audience: clientId,
    algorithms: signatures,
    requiredClaims: ["iat", "jti"],
    typ: "logout+jwt",
    maxTokenAge: 120,
    clockTolerance: skewSeconds,
    currentDate: new Date(now),
  });
  const { events, nonce, sub, sid } = payload;
  const event = typeof events === "object" && events !== null && Object.hasOwn(events, logoutEvent);
  if (!event) return err("the token is none for logging out");
  if (nonce !== undefined) return err("the token carries a nonce, as only one for signing in may");
  const told = { subject: sub ?? null, sid: typeof sid === "string" ? sid : null };
  return told.subject === null && told.sid === null ? err("the token names nobody") : ok(told);
}

/** However many unknown keys are named, they are looked for every half minute at most. */
export function keysOf(config: openid.Configuration, fetch: ProviderFetch): jose.JWTVerifyGetKey | undefined {
  const { jwks_uri: at } = config.serverMetadata();
  if (at === undefined) return undefined;
  return jose.createRemoteJWKSet(new URL(at), {
    [jose.customFetch]: (url, { method, headers, signal }) =>
      fetch(url, { method, headers: Object.fromEntries(new Headers(headers)), signal }),
    cooldownDuration: 30_000,
  });
}
