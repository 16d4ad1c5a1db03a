import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { endSession, endSessions, findOpenSession } from "#lib/store/sessions.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Ends one of one's own sessions, as for a laptop that was left behind. */
export async function endOwnSession(
  store: ActingStore,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly ended: number }, Refusal>> {
  return await onOwn(store, actor, "end-own-session", now, async (writing, userId) =>
    (await endSession(writing, userId, input.id)) ? 1 : 0,
  );
}

/** Signs out everywhere but in the session whose token is named. */
export async function endOtherSessions(
  store: ActingStore,
  actor: Actor,
  input: { readonly token: string },
  now: number,
): Promise<Result<{ readonly ended: number }, Refusal>> {
  return await onOwn(store, actor, "end-other-sessions", now, async (writing, userId) => {
    const current = await findOpenSession(writing, input.token, now);
    return await endSessions(writing, userId, current?.id ?? null);
  });
}

async function onOwn(
  store: ActingStore,
  actor: Actor,
  command: "end-own-session" | "end-other-sessions",
  now: number,
  work: (writing: Writing, userId: string) => Promise<number>,
): Promise<Result<{ readonly ended: number }, Refusal>> {
  return await store.act({ actor, command, target: actor.name, at: now }, async (writing) => {
    const refusal = commandRefusal(actor, command, "own");
    if (refusal !== null) return err(refusal);
    const { id } = actor;
    // A token proves itself each time: it has no session that could end.
    if (actor.kind !== "person" || id === null) return unchanged({ ended: 0 });
    const ended = await work(writing, id);
    return done({ ended }, { after: { sessionsEnded: ended } });
  });
}
