import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";

/**
 * A new session ends the one that the same browser had: whatever somebody planted or copied before a sign-in is worthless
 * after it. It stands behind the plugins that may still take a new session back.
 */
export function rotation(): BetterAuthPlugin {
  return {
    id: "pitwall-rotation",
    hooks: {
      after: [
        {
          matcher: () => true,
          handler: createAuthMiddleware(async (ctx) => {
            const opened = ctx.context.newSession;
            const before = ctx.headers === undefined ? null : sessionTokenOf(ctx.headers);
            if (!opened || before === null || before === opened.session.token) return;
            await ctx.context.internalAdapter.deleteSession(before);
          }),
        },
      ],
    },
  };
}
