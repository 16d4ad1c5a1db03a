import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import { endedSessions } from "#lib/wire/account.ts";

const own = { needs: "look", on: "none", limit: "api", body: z.strictObject({}) } as const;

/** One's own account; signing in itself stands in lib/access/identity/sign-in-door.ts. */
export const account = {
  "/api/v1/account/sessions/[id]/end": {
    POST: { ...own, summary: "End a session of one's own", answers: { 200: endedSessions } },
  },
  "/api/v1/account/sessions/end-others": {
    POST: { ...own, summary: "Sign out everywhere but here", answers: { 200: endedSessions } },
  },
} as const satisfies Doors;
