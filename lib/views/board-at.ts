import type { Sight } from "#lib/access/sight.ts";
import { staleAfterMs } from "#lib/core/freshness.ts";
import { gapAround, pollerStartBefore } from "#lib/store/events.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { lastSeq, type Reading, type Store } from "#lib/store/open-store.ts";
import { type RunRow, runsAt } from "#lib/store/runs.ts";
import { listServicesAt, type ServiceRow } from "#lib/store/services.ts";
import { type PastState, statesAt } from "#lib/store/time-travel.ts";
import { boardServiceOf, foundOf } from "#lib/views/board-service.ts";
import { careOf, readCare } from "#lib/views/care.ts";
import { readFollowing } from "#lib/views/following.ts";
import { readIncidentsAt } from "#lib/views/incident-view.ts";
import { cutService, readSeen, type Seen } from "#lib/views/seen.ts";
import { seenVerdict } from "#lib/views/seen-verdict.ts";
import type { Board, BoardService } from "#lib/wire/board.ts";

/**
 * The whole board as it was at `at`, from the polls that history kept: panels with their detail, the verdict as of then,
 * and where nothing was measured, `unknown`. Services are told by their present name and configuration; those that were not
 * yet polled are left out. Nobody can act on the past, so there is nothing to press.
 */
export async function boardAt(store: Store, sight: Sight, at: number): Promise<Board> {
  return await store.read(async (reading) => (await readBoardsAt(reading, sight, at)).told);
}

/** The same inside a transaction that reads more. */
export async function readBoardsAt(
  reading: Reading,
  sight: Sight,
  at: number,
): Promise<{ readonly told: Board; readonly services: readonly BoardService[]; readonly seen: Seen }> {
  const states = new Map((await statesAt(reading, at)).map((state) => [state.serviceId, state]));
  const rows = (await listServicesAt(reading, at)).filter((service) => states.has(service.id));
  const active = new Map((await runsAt(reading, at)).map((run) => [run.serviceId, asOf(run, at)]));
  const beatAt = (await gapAround(reading, at)) ?? signOfLife(rows, states, at);
  // Dependencies are those known now: how things hang together changes far more slowly than how they fare.
  const found = await listFoundDependencies(reading);
  const care = await readCare(reading, at);
  const services = rows.map((service) => {
    const state = states.get(service.id);
    const stored = state === undefined ? undefined : { ...state, seq: 0 };
    const told = boardServiceOf(service, stored, active.get(service.id), beatAt, at);
    return Object.assign(told, foundOf(found, service.id), careOf(care, told));
  });
  const seen = await readSeen(reading, sight);
  const shown = seen.whole ? services : services.filter(({ id }) => seen.has(id)).map((each) => cutService(each, seen));
  const told = {
    at,
    seq: await lastSeq(reading),
    // What the poller could not do about its own affairs is told of the present only.
    poller: { beatAt, startedAt: await pollerStartBefore(reading, at), notices: [] },
    verdict: seenVerdict(services, shown, seen, at, null),
    services: shown,
    incidents: await readIncidentsAt(reading, seen, at),
    following: await readFollowing(reading, seen, at),
  };
  return { told, services, seen };
}

/**
 * When the poller last gave a sign of life by `at`. History keeps no beats, but polls: as long as the service that is polled
 * most often was polled in time, the poller lived. `null` when nothing had been polled.
 */
function signOfLife(
  services: readonly ServiceRow[],
  states: ReadonlyMap<string, PastState>,
  at: number,
): number | null {
  const polls = services.flatMap(({ id }) => states.get(id)?.checkedAt ?? []);
  if (polls.length === 0) return null;
  const last = Math.max(...polls);
  const quickestMs = Math.min(...services.map(({ intervalMs }) => intervalMs));
  return at - last <= staleAfterMs(quickestMs) ? at : last;
}

/** Which states a run went through is not kept, so its state then is told by its times: of its checks, and of its steps. */
function asOf(run: RunRow, at: number): RunRow {
  const by = (time: number | null) => time !== null && time <= at;
  const acted = run.steps.some((step) => by(step.startedAt));
  const state = acted ? "running" : by(run.startedAt) ? "planned" : "requested";
  return { ...run, state, verdict: null, finishedAt: null };
}
