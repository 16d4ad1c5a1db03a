import { z } from "zod";
import { roles } from "#lib/core/role.ts";
import { emailAddress } from "#lib/wire/sign-in.ts";

/** One role, over one group or (`null`) over everything. */
export const grantDto = z.strictObject({ role: z.enum(roles), group: z.string().min(1).max(120).nullable() });
const grants = z.array(grantDto).max(100);

/** A person with an account: `GET /api/v1/people`. */
export const personDto = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  createdAt: z.number(),
  disabledAt: z.number().nullable(),
  hasPassword: z.boolean(),
  twoFactor: z.boolean(),
  passkeys: z.number(),
  /** Whose word opens it beside that: an OpenID provider by its issuer, or `proxy`. */
  vouchedBy: z.array(z.string()),
  /** When an open session was last used; `null`: none is open. */
  seenAt: z.number().nullable(),
  /** `origin`: given by hand, or by a door at each sign-in. */
  grants: z.array(grantDto.extend({ origin: z.enum(["hand", "oidc", "proxy"]) })),
});
export type PersonDto = z.infer<typeof personDto>;

/** Body of `POST /api/v1/people`. */
export const inviteRequest = z.strictObject({
  email: emailAddress,
  name: z.string().trim().max(120).optional(),
  grants,
});

/** Body of `POST /api/v1/people/:id/grants`: replaces what was given by hand. */
export const grantsRequest = z.strictObject({ grants });

/** A link that opens an account once: the only time its secret is told. */
export const personLinkDto = z.object({ id: z.string(), path: z.string() });
