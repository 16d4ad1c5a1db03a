import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { overOf } from "#lib/commands/add-token.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { findApiToken, revokeApiToken } from "#lib/store/api-tokens.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Takes a token back: it opens nothing from now on. Twice is fine. */
export async function revokeToken(
  store: Store,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  return await store.write(async (writing) => {
    const token = await findApiToken(writing, input.id);
    // One of another group is as good as none.
    if (token === null || commandRefusal(actor, "revoke-token", overOf(token.scope)) !== null) {
      return err({ code: "not-found", detail: "There is no such token" });
    }
    if (token.revokedAt !== null) return ok({ id: token.id });
    await revokeApiToken(writing, token.id, actor.name, now);
    const before = { name: token.name, scope: token.scope, lastUsedAt: token.lastUsedAt };
    await insertAudit(writing, { at: now, actor, command: "revoke-token", target: token.name, before });
    return ok({ id: token.id });
  });
}
