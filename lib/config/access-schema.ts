import { z } from "zod";
import { roles } from "#lib/access/roles.ts";
import type { AccessConfig } from "#lib/config/model.ts";
import { duration, secretReference } from "#lib/integrations/fields.ts";

const role = z.enum(roles);
const groupName = z.string().trim().min(1).max(120);

/** Over TLS, but on this machine itself. */
const issuer = z
  .url()
  .refine(
    (text) => /^https:/.test(text) || /^http:\/\/(localhost|127\.\d+\.\d+\.\d+)(:\d+)?(\/|$)/.test(text),
    "expected an address that begins with https://",
  )
  .meta({ examples: ["https://login.example.com/realms/ops"] });

const oidcSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .default("OpenID Connect")
    .describe("What the button on the sign-in page says."),
  issuer: issuer.describe("Issuer of the OpenID provider; `/.well-known/openid-configuration` is found below it."),
  clientId: z.string().min(1).max(200).describe("Name that the provider knows Pitwall by."),
  clientSecret: secretReference.describe("Reference to the secret that belongs to it."),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope"))
    .default(["openid", "profile", "email"])
    .describe("What is asked for; add the one that brings groups if the provider needs it."),
  groupsClaim: z
    .string()
    .min(1)
    .max(100)
    .default("groups")
    .describe("Claim of the ID token that lists somebody's groups."),
  roles: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        role: role.describe("Role of whoever is in it."),
        group: groupName.optional().describe("Group of services; by default all."),
      }),
    )
    .describe("Which role each of the provider's groups gives. Whoever is in none of them is turned away."),
  linkByEmail: z
    .boolean()
    .default(false)
    .describe("Whether an address that the provider calls verified opens the account of that address here."),
});

export const accessSchema = z.strictObject({
  idle: duration
    .refine((ms) => ms >= 60_000, "expected at least 1min")
    .prefault("12h")
    .describe("A session that nobody uses ends after this."),
  longest: duration
    .refine((ms) => ms >= 60_000 && ms <= 90 * 86_400_000, "expected 1min to 90d")
    .prefault("7d")
    .describe("A session ends after this however busy it is."),
  fresh: duration
    .refine((ms) => ms >= 30_000, "expected at least 30s")
    .prefault("10min")
    .describe("Before a run of high risk, whoever proved who they are longer ago than this proves it again."),
  twoFactor: z
    .array(role)
    .default([])
    .describe("Roles that are worth nothing until their holder has a second factor or signs in by a passkey."),
  oidc: oidcSchema.optional().describe("Signing in by an OpenID provider."),
});

/** As the schema parsed it, in the words of the program. */
export function accessConfigOf(parsed: z.output<typeof accessSchema>): AccessConfig {
  const { oidc } = parsed;
  return {
    settings: {
      idleMs: parsed.idle,
      longestMs: parsed.longest,
      freshMs: parsed.fresh,
      twoFactor: parsed.twoFactor,
      oidc:
        oidc === undefined
          ? null
          : {
              name: oidc.name,
              issuer: oidc.issuer,
              clientId: oidc.clientId,
              scopes: oidc.scopes,
              groupsClaim: oidc.groupsClaim,
              roles: Object.fromEntries(
                Object.entries(oidc.roles).map(([name, { role, group = null }]) => [name, { role, group }]),
              ),
              linkByEmail: oidc.linkByEmail,
            },
    },
    oidcSecret: oidc?.clientSecret ?? null,
  };
}
