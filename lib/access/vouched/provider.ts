import { createHash } from "node:crypto";
import * as jose from "jose";
import * as openid from "openid-client";
import { type Claims, groupsIn, type Proof, proofOf, weakness } from "#lib/access/vouched/claims.ts";
import { keysOf, type LoggedOut, readLogoutToken, signatures, skewSeconds } from "#lib/access/vouched/logout-token.ts";
import type { ProviderFetch } from "#lib/access/vouched/provider-fetch.ts";
import { Misconfigured, type ProviderTrouble, troubleOf } from "#lib/access/vouched/provider-trouble.ts";
import type { OidcSettings } from "#lib/core/access-settings.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** What a sign-in that was begun must be ended with. */
export interface Begun {
  readonly url: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** One OpenID provider, as a relying party asks it. What it learned at the last beginning is kept for an hour. */
export interface OidcProvider {
  readonly settings: OidcSettings;
  /** Where to send the browser. `prove`: the provider must ask for a proof now, however long ago the last one was. */
  readonly begin: (asked: Beginning) => Promise<Result<Begun, ProviderTrouble>>;
  /** What comes of the answer that the browser brought back to `url`. `provenAfter` in epoch ms: an older proof is none. */
  readonly finish: (given: Finishing) => Promise<Result<Proof, ProviderTrouble>>;
  /** Where signing out there begins; `null` when the provider has no such place, or does not answer. */
  readonly endSession: (returnTo: string) => Promise<string | null>;
  /** Whom a logout token of the provider signs out; the error says why it counts for nothing. */
  readonly loggedOut: (token: string, now: number) => Promise<Result<LoggedOut, string>>;
}

export interface Beginning {
  readonly redirectUri: string;
  readonly state: string;
  readonly prove: boolean;
}

export interface Finishing {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly provenAfter: number | null;
}

const keptMs = 3_600_000;
interface Kept {
  readonly config: openid.Configuration;
  /** For logout tokens, which no code was exchanged for. */
  readonly keys: jose.JWTVerifyGetKey | undefined;
  readonly secretHash: string;
  readonly at: number;
}

/** `secret` is asked for each time, so that another one is used as soon as it is there. */
export function createOidcProvider(
  settings: OidcSettings,
  fetch: ProviderFetch,
  secret: () => Promise<Result<string | null, string>>,
  now: () => number,
): OidcProvider {
  let kept: Kept | undefined;
  let asking: { readonly secretHash: string; readonly found: Promise<openid.Configuration> } | undefined;

  async function configuration(atMostMs = keptMs): Promise<openid.Configuration> {
    const known = await secret();
    if (!known.ok || (settings.hasSecret && known.value === null)) {
      throw new Misconfigured(known.ok ? "the client's secret is not there yet" : known.error);
    }
    const secretHash = createHash("sha256")
      .update(known.value ?? "")
      .digest("hex");
    if (kept !== undefined && kept.secretHash === secretHash && now() - kept.at < atMostMs) return kept.config;
    // However many wait for it, it is asked once.
    if (asking?.secretHash !== secretHash) asking = { secretHash, found: discover(settings, fetch, known.value) };
    const mine = asking;
    const config = await mine.found.finally(() => {
      if (asking === mine) asking = undefined;
    });
    kept = { config, keys: keysOf(config, fetch), secretHash, at: now() };
    return config;
  }

  const trouble = (cause: unknown) => troubleOf(settings, cause);
  return {
    settings,
    begin: async ({ redirectUri, state, prove }) => {
      try {
        // Asked anew, so that nobody is sent to a provider that is down.
        const config = await configuration(0);
        const [nonce, verifier] = [openid.randomNonce(), openid.randomPKCECodeVerifier()];
        const url = openid.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: settings.scopes.join(" "),
          state,
          nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          ...(settings.require.acr.length > 0 ? { acr_values: settings.require.acr.join(" ") } : {}),
          ...(prove ? { prompt: "login", max_age: "0" } : {}),
        });
        return ok({ url: url.href, nonce, verifier });
      } catch (cause) {
        return err(trouble(cause));
      }
    },
    finish: async (given) => {
      try {
        return await finished(await configuration(), settings, given);
      } catch (cause) {
        return err(trouble(cause));
      }
    },
    endSession: async (returnTo) => {
      try {
        const config = await configuration();
        if (config.serverMetadata().end_session_endpoint === undefined) return null;
        return openid.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href;
      } catch {
        // Here it is done all the same.
        return null;
      }
    },
    loggedOut: async (token, at) => {
      try {
        await configuration();
        return await readLogoutToken(kept?.keys, settings, token, at);
      } catch (cause) {
        return err(trouble(cause).why);
      }
    },
  };
}

async function discover(
  { issuer, clientId }: OidcSettings,
  fetch: ProviderFetch,
  secret: string | null,
): Promise<openid.Configuration> {
  const plain = issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [];
  const metadata = { [openid.clockTolerance]: skewSeconds };
  const found = await openid.discovery(new URL(issuer), clientId, metadata, openid.None(), {
    [openid.customFetch]: fetch as openid.CustomFetch,
    execute: plain,
  });
  const server = found.serverMetadata();
  if (server.issuer !== issuer) {
    throw new Misconfigured(`the provider calls itself ${foreignLine(server.issuer, 200)}, not ${issuer}`);
  }
  const config = new openid.Configuration(server, clientId, metadata, authenticationOf(secret, server));
  config[openid.customFetch] = fetch as openid.CustomFetch;
  // The token's signature is checked even though it came over TLS from the provider itself.
  for (const extend of [...plain, openid.enableNonRepudiationChecks]) extend(config);
  return config;
}

/** RFC 8414: a provider that names no way takes HTTP Basic. */
function authenticationOf(secret: string | null, server: openid.ServerMetadata): openid.ClientAuth {
  if (secret === null) return openid.None();
  const ways = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return ways.includes("client_secret_basic") ? openid.ClientSecretBasic(secret) : openid.ClientSecretPost(secret);
}

async function finished(
  config: openid.Configuration,
  settings: OidcSettings,
  { url, state, nonce, verifier, provenAfter }: Finishing,
): Promise<Result<Proof, ProviderTrouble>> {
  const tokens = await openid.authorizationCodeGrant(config, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const { alg } = jose.decodeProtectedHeader(tokens.id_token ?? "");
  if (alg === undefined || !signatures.includes(alg))
    throw new Error(`its token is signed by ${foreignLine(String(alg), 20)}`);
  const told: Claims = tokens.claims() ?? {};
  // OpenID Connect Core 1.0, 2: it has no more.
  if (String(told.sub).length > 255) throw new Error("its subject is longer than 255 characters");
  const weak = weakness(told, settings.require);
  if (weak !== null) {
    return err({ kind: "weak", detail: `${settings.name} let you in, but ${weak}.`, why: weak });
  }
  const stale = provenAfter === null ? null : staleness(told.auth_time, provenAfter);
  if (stale !== null) {
    const detail = `${settings.name} ${stale}, so that is no fresh proof. Use a password or a passkey of this Pitwall.`;
    return err({ kind: "refused", detail, why: stale });
  }
  const missing = groupsIn(told, settings.groupsClaim) === null || told.email === undefined;
  const asked = missing && config.serverMetadata().userinfo_endpoint !== undefined;
  const more: Claims = asked ? await openid.fetchUserInfo(config, tokens.access_token, String(told.sub)) : {};
  return ok(proofOf(settings.issuer, { ...more, ...told }, settings.groupsClaim));
}

/** Why it is no proof of after then, in epoch ms; `null` when it is. */
function staleness(authTime: unknown, provenAfter: number): string | null {
  if (typeof authTime !== "number") return "does not say when you proved who you are";
  return (authTime + skewSeconds) * 1_000 < provenAfter ? "did not ask you again" : null;
}
