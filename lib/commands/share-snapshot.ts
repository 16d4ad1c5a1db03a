import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { type Sight, sightOf } from "#lib/access/sight.ts";
import type { Redaction } from "#lib/core/redaction.ts";
import { err, type Result } from "#lib/core/result.ts";
import { freeze, frozenHistoryMs, titleOf } from "#lib/incidents/freeze.ts";
import { hashSecret, maxFrozenBytes, newSecret, type Sealed, seal } from "#lib/incidents/seal.ts";
import { done } from "#lib/store/act.ts";
import { insertEvents, listEvents } from "#lib/store/events.ts";
import { emptyExpiredSnapshots, insertIncidentSnapshot } from "#lib/store/incident-snapshots.ts";
import type { ActingStore, Reading } from "#lib/store/open-store.ts";
import { listRuns } from "#lib/store/runs.ts";
import { readBoards } from "#lib/views/board-view.ts";
import { readRun } from "#lib/views/run-view.ts";
import { cutEvents, cutRun } from "#lib/views/seen.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { type FrozenBoard, type SnapshotCreated, snapshotRequest } from "#lib/wire/snapshot.ts";

const eventsFrozen = 2_000;
const runsFrozen = 50;

/**
 * Freezes the board, as far as the actor may tend it, as it stands at `now`, with the last hours of timeline and runs, from one consistent cut of the
 * store, and seals it behind a link. The answer holds the only copy of the link's secret.
 */
export async function shareSnapshot(
  store: ActingStore,
  actor: Actor,
  input: { readonly body: unknown; readonly redact?: Redaction },
  now: number,
): Promise<Result<SnapshotCreated, Refusal>> {
  const refused = commandRefusal(actor, "share-snapshot", "own");
  if (refused !== null) return err(refused);
  const parsed = snapshotRequest.safeParse(input.body);
  if (!parsed.success) return err(invalid(parsed.error.issues));
  const { title, note, expiresInMs } = parsed.data;
  const frozen = await store.read(async (reading) => {
    const cut = await readCut(reading, sightOf(actor, "respond"), now);
    const words = { title: title || titleOf(cut.board), note: note || null, createdBy: actor.name };
    return freeze({ ...words, ...cut }, input.redact);
  });
  const sealed = seal(frozen);
  if (sealed.bytes > maxFrozenBytes) return err({ code: "too-large", detail: "The board is too large to be frozen" });
  return await keep(store, actor, { frozen, sealed, expiresAt: now + expiresInMs }, now);
}

async function readCut(reading: Reading, sight: Sight, now: number) {
  const from = now - frozenHistoryMs;
  const { told: board, seen } = await readBoards(reading, sight, now);
  const timeline = await listEvents(reading, {
    from,
    to: now,
    limit: eventsFrozen,
    without: ["change", "comment", "symptom"],
  });
  const recent = await listRuns(reading, { limit: runsFrozen, since: from });
  const ran = recent.filter((run) => seen.has(run.serviceId));
  const runs = await Promise.all(ran.map(async (run) => cutRun(await readRun(reading, run), seen)));
  return { board, timeline: cutEvents(timeline, seen), runs };
}

async function keep(
  store: ActingStore,
  actor: Actor,
  made: { readonly frozen: FrozenBoard; readonly sealed: Sealed; readonly expiresAt: number },
  now: number,
): Promise<Result<SnapshotCreated, Refusal>> {
  const secret = newSecret();
  const { title, note } = made.frozen;
  const { sha256, bytes, body } = made.sealed;
  const told = {
    id: randomUUID(),
    title,
    note,
    at: now,
    createdBy: actor.name,
    expiresAt: made.expiresAt,
    revokedAt: null,
    bytes,
    sha256,
  };
  const after = { title, expiresAt: made.expiresAt, sha256, bytes };
  const deed = { actor, command: "share-snapshot", target: told.id, snapshotId: told.id, reason: note, after, at: now };
  return await store.act(deed, async (writing) => {
    await insertIncidentSnapshot(writing, { ...told, secretHash: hashSecret(secret), body });
    await insertEvents(writing, [{ at: now, kind: "snapshot", actor: actor.name, text: `Snapshot shared: ${title}` }]);
    await emptyExpiredSnapshots(writing, now);
    return done({ ...told, path: `/s/${secret}` });
  });
}

function invalid(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): Refusal {
  const errors = issues.map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message }));
  return { code: "invalid-request", detail: errors[0]?.message ?? "The request is not understood", errors };
}
