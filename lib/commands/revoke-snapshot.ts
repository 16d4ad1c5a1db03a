import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findIncidentSnapshot, revokeIncidentSnapshot } from "#lib/store/incident-snapshots.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { seesSnapshot } from "#lib/views/snapshots-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const noSuchSnapshot: Refusal = { code: "not-found", detail: "There is no such snapshot" };

/** Takes a shared snapshot back: its link is `gone` from now on and its content is deleted. Twice is fine. */
export async function revokeSnapshot(
  store: ActingStore,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "revoke-snapshot", target: input.id, at: now };
  return await store.act(deed, async (writing) => {
    const snapshot = await findIncidentSnapshot(writing, input.id);
    if (snapshot === null || !seesSnapshot(actor, snapshot)) return err(noSuchSnapshot);
    const refused = commandRefusal(actor, "revoke-snapshot", "own");
    if (refused !== null) return err(refused);
    if (snapshot.revokedAt !== null) return unchanged({ id: snapshot.id });
    await revokeIncidentSnapshot(writing, snapshot.id, now);
    const text = `Snapshot taken back: ${snapshot.title}`;
    await insertEvents(writing, [{ at: now, kind: "snapshot", actor: actor.name, text }]);
    return done(
      { id: snapshot.id },
      {
        snapshotId: snapshot.id,
        before: { title: snapshot.title, expiresAt: snapshot.expiresAt },
        after: { revokedAt: now },
      },
    );
  });
}
