import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import { peerOf } from "#lib/access/peer.ts";
import type { OidcDoorParts } from "#lib/access/vouched/oidc-door.ts";
import { proxyWordOf } from "#lib/access/vouched/proxy-word.ts";

export type ProxyDoorParts = Pick<OidcDoorParts, "admit" | "noteRefusal" | "now">;

/**
 * A session by the word of the proxy in front. It is worth something only in requests that carry that same word, and it is
 * no proof of who sits there now.
 */
export function proxyDoor({ admit, noteRefusal, now }: ProxyDoorParts): BetterAuthPlugin {
  return {
    id: "pitwall-proxy",
    endpoints: {
      enterByProxy: createAuthEndpoint("/proxy/enter", { method: "POST", body: z.object({}) }, async (ctx) => {
        const headers = ctx.headers ?? new Headers();
        const from = peerOf(headers);
        const word = proxyWordOf(headers);
        if (word === null) {
          throw new APIError("UNAUTHORIZED", { code: "unauthorized", message: "The proxy in front names nobody." });
        }
        const admitted = await admit(word.person, { wanted: null, from, now: now() });
        if (!admitted.ok) {
          await noteRefusal({ refusal: admitted.error, who: word.person.email ?? word.person.subject, from });
          const { code, detail, groups } = admitted.error;
          const named =
            groups === undefined
              ? ""
              : ` It names ${groups.length === 0 ? "no group" : groups.slice(0, 20).join(", ")}.`;
          throw new APIError("FORBIDDEN", { code, message: `${detail}${named}` });
        }
        const user = await ctx.context.internalAdapter.findUserById(admitted.value.userId);
        const session = await ctx.context.internalAdapter.createSession(admitted.value.userId, false, {
          voucher: word.voucher,
        });
        if (user === null || session === null) throw new APIError("UNAUTHORIZED");
        await setSessionCookie(ctx, { session, user });
        return ctx.json({});
      }),
    },
  };
}
