import { z } from "zod";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import { roles } from "#lib/core/role.ts";
import { findAccessSettings } from "#lib/store/access-settings.ts";
import type { Reading } from "#lib/store/open-store.ts";

const given = z.object({ role: z.enum(roles), group: z.string().nullable() });
const vouched = { roles: z.record(z.string(), given), linkByEmail: z.boolean() };
const texts = z.array(z.string());

/** As the poller applied and kept them. */
export const accessSettings: z.ZodType<AccessSettings> = z.object({
  idleMs: z.number(),
  longestMs: z.number(),
  freshMs: z.number(),
  twoFactor: z.array(z.enum(roles)),
  oidc: z
    .object({
      ...vouched,
      name: z.string(),
      issuer: z.string(),
      clientId: z.string(),
      hasSecret: z.boolean(),
      scopes: texts,
      groupsClaim: z.string(),
      require: z.object({ acr: texts, amr: texts }),
    })
    .nullable(),
  proxyHeader: z
    .object({
      ...vouched,
      headers: z.object({
        user: z.string(),
        email: z.string().nullable(),
        name: z.string().nullable(),
        groups: z.string().nullable(),
        separator: z.string(),
      }),
      signOut: z.string().nullable(),
    })
    .nullable(),
  reach: z.object({ allow: texts, deny: texts }),
});

/** What holds until a poller has applied a configuration. */
export const usualSettings: AccessSettings = {
  idleMs: 12 * 3_600_000,
  longestMs: 7 * 86_400_000,
  freshMs: 10 * 60_000,
  twoFactor: [],
  oidc: null,
  proxyHeader: null,
  reach: { allow: [], deny: [] },
};

/** What is in force. Settings of another version, or none yet, are the usual ones. */
export async function readAccessSettings(reading: Reading): Promise<AccessSettings> {
  const parsed = accessSettings.safeParse(await findAccessSettings(reading));
  return parsed.success ? parsed.data : usualSettings;
}

/** Where the secret that Pitwall shows to the OpenID provider is sealed. */
export const oidcSecretPlace = { purpose: "oidc", id: "client-secret" } as const;
