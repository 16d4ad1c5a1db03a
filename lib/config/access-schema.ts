import { z } from "zod";
import type { AccessConfig } from "#lib/config/model.ts";
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
});

/** As the schema parsed it, in the words of the program. */
export function accessConfigOf(parsed: z.output<typeof accessSchema>): AccessConfig {
  return {
    settings: {
      idleMs: parsed.idle,
      longestMs: parsed.longest,
      freshMs: parsed.fresh,
      twoFactor: parsed.twoFactor,
      oidc: null,
    },
    oidcSecret: null,
  };
}
