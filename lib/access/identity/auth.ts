import { AsyncLocalStorage } from "node:async_hooks";
import { passkey } from "@better-auth/passkey";
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { APIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins";
import type { SignInMethod } from "#lib/access/actor.ts";
import { type PasswordHasher, TooManyWaiting } from "#lib/access/identity/argon2.ts";
import { type Asking, tellAudit } from "#lib/access/identity/audited.ts";
import { cookiePrefixes } from "#lib/access/identity/cookie.ts";
import { passwordLength } from "#lib/access/identity/password-rules.ts";
import { newRecoveryCodes, recoveryCodeStorage } from "#lib/access/identity/recovery-codes.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import { identityClient } from "#lib/store/identity.ts";
import type { Store } from "#lib/store/open-store.ts";

export interface AuthParts {
  readonly store: Store;
  /** Signs cookies and seals second factors. */
  readonly secret: string;
  /** Scheme, host and port as the browser knows them. */
  readonly origin: string;
  readonly settings: AccessSettings;
  readonly hasher: PasswordHasher;
  /** What is ours beside better-auth's own doors. */
  readonly plugins: readonly BetterAuthPlugin[];
  readonly now: () => number;
}

/** Where better-auth's addresses begin. */
export const authPath = "/api/auth";

/** Answers a request to better-auth for who asks it. */
export type AuthHandler = (request: Request, asking: Asking) => Promise<Response>;

/** better-auth on Pitwall's store, for one origin. It sends nothing anywhere by itself. */
export function makeAuth(parts: AuthParts): AuthHandler {
  const asked = new AsyncLocalStorage<Asking>();
  const auth = betterAuth(optionsOf(parts, asked));
  return (request, asking) => asked.run(asking, () => auth.handler(request));
}

function optionsOf(parts: AuthParts, asked: AsyncLocalStorage<Asking>): BetterAuthOptions {
  const { store, secret, origin, settings, now } = parts;
  const secure = origin.startsWith("https:");
  const client = identityClient(store, async (writing, table, method, row) => {
    const asking = asked.getStore();
    if (asking !== undefined) await tellAudit(writing, asking, { table, method, row }, now());
  });
  return {
    appName: "Pitwall",
    baseURL: origin,
    basePath: authPath,
    trustedOrigins: [origin],
    secret,
    telemetry: { enabled: false },
    logger: { level: "error" },
    rateLimit: { enabled: false },
    database: prismaAdapter(client, { provider: "sqlite", transaction: true }),
    emailAndPassword: passwordsBy(parts.hasher, () => asked.getStore()?.isKnown === true),
    user: { additionalFields: { disabledAt: { type: "date", required: false, input: false, returned: false } } },
    session: {
      // The cookie lives as long as a session may at most; when it ends is kept beside the session and looked up there.
      expiresIn: settings.longestMs / 1_000,
      disableSessionRefresh: true,
      freshAge: settings.freshMs / 1_000,
      additionalFields: {
        method: { type: "string", required: false, input: false },
        provedAt: { type: "date", required: false, input: false },
        endsAt: { type: "date", required: false, input: false },
        voucher: { type: "string", required: false, input: false },
        strong: { type: "boolean", required: false, input: false },
      },
    },
    verification: { storeIdentifier: "hashed" },
    account: { accountLinking: { enabled: false } },
    databaseHooks: {
      session: {
        create: { before: async (session) => newSession(session, asked.getStore()?.path ?? "", settings, now()) },
      },
    },
    advanced: {
      useSecureCookies: false,
      cookiePrefix: secure ? cookiePrefixes.secure : cookiePrefixes.plain,
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", secure, path: "/" },
      ipAddress: { ipAddressHeaders: ["x-pitwall-from"], ipv6Subnet: 128 },
    },
    plugins: [
      twoFactor({
        issuer: "Pitwall",
        backupCodeOptions: { customBackupCodesGenerate: newRecoveryCodes, storeBackupCodes: recoveryCodeStorage },
      }),
      passkey({
        rpName: "Pitwall",
        rpID: new URL(origin).hostname,
        origin,
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      }),
      ...parts.plugins,
    ],
  };
}

function passwordsBy(
  hasher: PasswordHasher,
  isKnown: () => boolean,
): NonNullable<BetterAuthOptions["emailAndPassword"]> {
  return {
    enabled: true,
    disableSignUp: true,
    minPasswordLength: passwordLength.least,
    maxPasswordLength: passwordLength.most,
    password: {
      hash: (password) => orRefuse(hasher.hash(password, isKnown())),
      verify: ({ hash, password }) => orRefuse(hasher.verify(hash, password, isKnown())),
    },
  };
}

async function orRefuse<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof TooManyWaiting)) throw cause;
    throw new APIError("SERVICE_UNAVAILABLE", { code: "TOO_MANY_WAITING", message: cause.message });
  }
}

/** Which proof each address has asked for before it opens a session. */
const proofs: Readonly<Record<string, SignInMethod>> = {
  "/sign-in/email": "password",
  "/two-factor/verify-totp": "password",
  "/two-factor/verify-backup-code": "password",
  "/change-password": "password",
  "/passkey/verify-authentication": "passkey",
  "/callback/oidc": "oidc",
  "/proxy/enter": "proxy",
  "/link/use": "link",
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * A session after a proof is fresh. One that takes the place of another, without a proof, inherits its end and its proof. Of
 * one that somebody vouches for, the proof is as old as the provider says; a proxy gives none.
 */
function newSession(session: Fields, path: string, settings: AccessSettings, now: number): { data: Fields } {
  const proof = proofs[path];
  const kept = proof === undefined ? session : {};
  const fresh = proof !== undefined && proof !== "oidc" && proof !== "proxy";
  const endsAt = dateOf(kept.endsAt) ?? new Date(now + settings.longestMs);
  return {
    data: {
      ...session,
      method: proof ?? kept.method ?? "none",
      provedAt: fresh ? new Date(now) : (dateOf(session.provedAt) ?? null),
      endsAt,
      expiresAt: new Date(Math.min(now + settings.idleMs, endsAt.getTime())),
    },
  };
}

function dateOf(value: unknown): Date | undefined {
  return value instanceof Date ? value : undefined;
}
