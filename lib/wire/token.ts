import { z } from "zod";
import { roles } from "#lib/core/role.ts";
import { givenWords } from "#lib/wire/words.ts";

/** Doors for machines: what a token for one of them is good for, and nothing else. */
export const machineDoors = ["events", "heartbeat", "poll"] as const;

const group = z.string().min(1).max(200).nullable();

/** What a token opens. */
export const tokenScope = z.discriminatedUnion("kind", [
  /** The API, as far as a role over one group or (`null`) over everything reaches. */
  z.strictObject({ kind: z.literal("role"), role: z.enum(roles), group: group.default(null) }),
  /** One door for machines; with `services`, for those alone. */
  z
    .strictObject({
      kind: z.literal("door"),
      door: z.enum(machineDoors),
      services: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
    })
    .refine(({ door, services }) => door !== "heartbeat" || services !== undefined, {
      path: ["services"],
      message: "name the service whose job it is: a token for heartbeats speaks for no other",
    }),
  /** The live board of one group or (`null`) of everything, for a screen that hangs on a wall: to look at, nothing else. */
  z.strictObject({ kind: z.literal("wall"), group: group.default(null) }),
]);
export type TokenScope = z.infer<typeof tokenScope>;

const dayMs = 86_400_000;
export const tokenLifeMs = { usual: 90 * dayMs, most: 366 * dayMs } as const;

/** Body of `POST /api/v1/tokens`. */
export const tokenRequest = z.strictObject({
  name: givenWords(80, "give it a name: who uses it, for what"),
  scope: tokenScope,
  expiresInMs: z.number().int().min(60_000).max(tokenLifeMs.most).default(tokenLifeMs.usual),
});

/** Where a wall's board is: the secret behind the # is never sent as part of an address. */
export function wallPath(token: string): string {
  return `/wall#${token}`;
}

/** A token as its list shows it: never the token itself. */
export const tokenDto = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first characters, to recognise it by. */
  start: z.string(),
  scope: tokenScope,
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
  lastUsedFrom: z.string().nullable(),
  revokedAt: z.number().nullable(),
  revokedBy: z.string().nullable(),
});
export type TokenDto = z.infer<typeof tokenDto>;

/** Answer of `POST /api/v1/tokens`: the only time the token is told. */
export const tokenCreatedDto = tokenDto.extend({ token: z.string() });
export type TokenCreated = z.infer<typeof tokenCreatedDto>;
