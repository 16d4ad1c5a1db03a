import { z } from "zod";
import type { AccessConfig, ReachConfig } from "#lib/config/model.ts";
import { oidcSchema, proxyHeaderSchema } from "#lib/config/vouched-schema.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import { roles } from "#lib/core/role.ts";
import { duration } from "#lib/integrations/fields.ts";

const role = z.enum(roles);
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
  oidc: oidcSchema.optional().describe("Signing in by an OpenID Connect provider."),
  proxyHeader: proxyHeaderSchema
    .optional()
    .describe(
      "Signing in by headers that a proxy in front sets; believed of addresses under `proxy: { trust }` alone.",
    ),
});
type Parsed = z.output<typeof accessSchema>;

/** As the schema parsed it, in the words of the program. */
export function accessConfigOf(parsed: Parsed, reach: ReachConfig): AccessConfig {
  return {
    settings: {
      idleMs: parsed.idle,
      longestMs: parsed.longest,
      freshMs: parsed.fresh,
      twoFactor: parsed.twoFactor,
      oidc: oidcOf(parsed.oidc),
      proxyHeader: proxyHeaderOf(parsed.proxyHeader),
      reach,
    },
    oidcSecret: parsed.oidc?.clientSecret ?? null,
  };
}

function oidcOf(parsed: Parsed["oidc"]): AccessSettings["oidc"] {
  if (parsed === undefined) return null;
  const { clientSecret, name, ...rest } = parsed;
  return { ...rest, name: name ?? new URL(rest.issuer).hostname, hasSecret: clientSecret !== undefined };
}

function proxyHeaderOf(parsed: Parsed["proxyHeader"]): AccessSettings["proxyHeader"] {
  if (parsed === undefined) return null;
  const { roles, linkByEmail, signOut, user, email, name, groups, separator } = parsed;
  const headers = { user, email: email ?? null, name: name ?? null, groups: groups ?? null, separator };
  return { headers, roles, linkByEmail, signOut: signOut ?? null };
}
