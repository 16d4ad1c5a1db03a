import type { Sight } from "#lib/access/sight.ts";
import { pollerSilentMs } from "#lib/core/freshness.ts";
import { lastSeq, type Store } from "#lib/store/open-store.ts";
import { changedRuns } from "#lib/store/runs.ts";
import { changedServices } from "#lib/store/services.ts";
import { staleAt } from "#lib/views/board-service.ts";
import { readBoards } from "#lib/views/board-view.ts";
import { servicesCaredSince } from "#lib/views/care.ts";
import { readRun } from "#lib/views/run-view.ts";
import { cutRun } from "#lib/views/seen.ts";
import type { Board } from "#lib/wire/board.ts";
import type { Frame } from "#lib/wire/events.ts";

/**
 * What changed after `seq`, or `null`. Asking costs one row while nothing changed. Time alone changes the board too: a
 * poller falls silent, a reading grows old. With `lastAt`, the time of the caller's last frame, that makes a frame as well.
 */
export async function frameSince(
  store: Store,
  sight: Sight,
  seq: number,
  now: number,
  lastAt?: number,
): Promise<Frame | null> {
  return await store.read(async (reading) => {
    const unchanged = (await lastSeq(reading)) <= seq;
    if (unchanged && lastAt === undefined) return null;
    const { told: board, seen } = await readBoards(reading, sight, now);
    const aged = lastAt === undefined ? new Set<string>() : agedBetween(board, lastAt, now);
    if (unchanged && aged.size === 0) return null;
    const { changed, removed } = await changedServices(reading, seq);
    const ran = (await changedRuns(reading, seq)).filter((run) => seen.has(run.serviceId));
    const runs = await Promise.all(ran.map(async (run) => cutRun(await readRun(reading, run), seen)));
    const cared = await servicesCaredSince(reading, seq, board.services);
    const touched = new Set([...changed, ...aged, ...cared, ...runs.map((run) => run.serviceId)]);
    return {
      seq: board.seq,
      at: now,
      poller: board.poller,
      verdict: board.verdict,
      services: board.services.filter((service) => service.seq > seq || touched.has(service.id)),
      incidents: board.incidents ?? [],
      automation: board.automation ?? [],
      following: board.following ?? [],
      removed: removed.filter(seen.has),
      runs,
    };
  });
}

/** Services whose status turned stale between two times without anything being written. */
function agedBetween(board: Board, lastAt: number, now: number): Set<string> {
  const crossed = (at: number) => lastAt <= at && at < now;
  const { beatAt } = board.poller;
  const silenced = beatAt !== null && crossed(beatAt + pollerSilentMs);
  const aged = board.services.filter(
    ({ checkedAt, intervalMs }) => checkedAt !== null && (silenced || crossed(staleAt(checkedAt, intervalMs))),
  );
  return new Set(aged.map((service) => service.id));
}
