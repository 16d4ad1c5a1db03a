import { z } from "zod";
import { roles } from "#lib/access/roles.ts";
import { findAccessSettings } from "#lib/store/access-settings.ts";
import type { Reading } from "#lib/store/open-store.ts";

const given = z.object({ role: z.enum(roles), group: z.string().nullable() });

/** What pitwall.yaml says of signing in, as the poller applied it. It holds no secret. */
export const accessSettings = z.object({
  /** A session that nobody uses ends after this. */
  idleMs: z.number(),
  /** It ends after this however busy it is. */
  longestMs: z.number(),
  /** For this long after a proof of who one is, high risk needs no other. */
  freshMs: z.number(),
  /** Roles that are worth nothing without a second factor or a passkey. */
  twoFactor: z.array(z.enum(roles)),
  oidc: z
    .object({
      /** What its button says. */
      name: z.string(),
      issuer: z.string(),
      clientId: z.string(),
      scopes: z.array(z.string()),
      groupsClaim: z.string(),
      /** By the name of a group of theirs. */
      roles: z.record(z.string(), given),
      /** Whether a verified address of theirs opens the account of that address here. */
      linkByEmail: z.boolean(),
    })
    .nullable(),
});
export type AccessSettings = z.infer<typeof accessSettings>;
export type OidcSettings = NonNullable<AccessSettings["oidc"]>;

/** What holds until a poller has applied a configuration. */
export const usualSettings: AccessSettings = {
  idleMs: 12 * 3_600_000,
  longestMs: 7 * 86_400_000,
  freshMs: 10 * 60_000,
  twoFactor: [],
  oidc: null,
};

/** What is in force. Settings of another version, or none yet, are the usual ones. */
export async function readAccessSettings(reading: Reading): Promise<AccessSettings> {
  const parsed = accessSettings.safeParse(await findAccessSettings(reading));
  return parsed.success ? parsed.data : usualSettings;
}

/** Where the secret that Pitwall shows to the OpenID provider is sealed. */
export const oidcSecretPlace = { purpose: "oidc", id: "client-secret" } as const;
