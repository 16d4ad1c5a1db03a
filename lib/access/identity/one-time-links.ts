import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import type * as z from "zod";
import type { Result } from "#lib/core/result.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { type LinkAnswer, linkQuestion, linkUse } from "#lib/wire/sign-in.ts";

/** What the links of setup, invitation, reset and demo lead to. */
export interface LinkDoors {
  /** What the link would do; nothing is used up. */
  readonly look: (secret: string, now: number) => Promise<Result<LinkAnswer, Refusal>>;
  /** Uses it up; tells whose session is to be opened. */
  readonly use: (
    given: z.infer<typeof linkUse>,
    from: string | null,
    now: number,
  ) => Promise<Result<{ readonly userId: string }, Refusal>>;
}

/** Signing in by a link that works once. Opening a link asks; only the POST that follows uses it up. */
export function oneTimeLinks(doors: LinkDoors): BetterAuthPlugin {
  return {
    id: "pitwall-links",
    endpoints: {
      lookAtLink: createAuthEndpoint("/link/look", { method: "POST", body: linkQuestion }, async (ctx) => {
        const found = await doors.look(ctx.body.secret, Date.now());
        if (!found.ok) throw refused(found.error);
        return ctx.json(found.value);
      }),
      redeemLink: createAuthEndpoint("/link/use", { method: "POST", body: linkUse }, async (ctx) => {
        const used = await doors.use(ctx.body, ctx.headers?.get("x-pitwall-from") ?? null, Date.now());
        if (!used.ok) throw refused(used.error);
        const user = await ctx.context.internalAdapter.findUserById(used.value.userId);
        const session = await ctx.context.internalAdapter.createSession(used.value.userId);
        if (user === null || session === null) throw new APIError("UNAUTHORIZED");
        await setSessionCookie(ctx, { session, user });
        return ctx.json({ ok: true });
      }),
    },
  };
}

function refused({ code, detail }: Refusal): APIError {
  return new APIError(code === "not-found" ? "NOT_FOUND" : code === "gone" ? "GONE" : "BAD_REQUEST", {
    code,
    message: detail,
  });
}
