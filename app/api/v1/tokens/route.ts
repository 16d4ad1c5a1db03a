import { addToken } from "#lib/commands/add-token.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { answerOnce, endpoints, json } from "../_http/endpoint.ts";

/** Tokens for scripts and machines: the list, and making one. The token is told once, in the answer. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/tokens", {
  GET: async ({ store, actor }) => json({ tokens: await tokensView(store, actor) }),
  POST: async ({ store, actor, body, now }) => answerOnce(await addToken(store, actor, body, now)),
});
