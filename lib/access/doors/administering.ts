import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import { tokenCreatedDto, tokenDto, tokenRequest } from "#lib/wire/token.ts";

/** People, tokens, settings. */
export const administering = {
  "/api/v1/tokens": {
    GET: {
      needs: "administer",
      on: "sight",
      limit: "api",
      summary: "Tokens, with when each was last used",
      answers: { 200: z.object({ tokens: z.array(tokenDto) }) },
    },
    POST: {
      needs: "administer",
      on: "body",
      limit: "api",
      summary: "Make a token; it is told once, in the answer",
      body: tokenRequest,
      answers: { 201: tokenCreatedDto },
      refuses: ["not-found"],
    },
  },
  "/api/v1/tokens/[id]/revoke": {
    POST: {
      needs: "administer",
      on: "row",
      limit: "api",
      summary: "Revoke a token: it opens nothing from now on",
      body: z.strictObject({}),
      answers: { 200: z.object({ id: z.string() }) },
      refuses: ["not-found"],
    },
  },
} as const satisfies Doors;
