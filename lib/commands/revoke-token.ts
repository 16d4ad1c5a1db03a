import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { overOf } from "#lib/commands/add-token.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { findApiToken, revokeApiToken } from "#lib/store/api-tokens.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Takes a token back: it opens nothing from now on. Twice is fine. */
export async function revokeToken(
  store: ActingStore,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "revoke-token", target: input.id, at: now };
  return await store.act(deed, async (writing) => {
    const token = await findApiToken(writing, input.id);
    // One of another group is as good as none.
    if (token === null || commandRefusal(actor, "revoke-token", overOf(token.scope)) !== null) {
      return err({ code: "not-found", detail: "There is no such token" });
    }
    if (token.revokedAt !== null) return unchanged({ id: token.id });
    await revokeApiToken(writing, token.id, actor.name, now);
    const before = { name: token.name, scope: token.scope, lastUsedAt: token.lastUsedAt };
    return done({ id: token.id }, { target: token.name, before });
  });
}
