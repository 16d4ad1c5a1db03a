import type { Sight } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { readBeat } from "#lib/store/beat.ts";
import { listEvents } from "#lib/store/events.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { listPolls } from "#lib/store/history.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { listRuns, openRuns } from "#lib/store/runs.ts";
import { findService } from "#lib/store/services.ts";
import { findState } from "#lib/store/states.ts";
import { boardServiceOf, foundOf, runMarkOf } from "#lib/views/board-service.ts";
import { pollerDtoOf } from "#lib/views/board-view.ts";
import { careOf, readCare } from "#lib/views/care.ts";
import { cutEvents, cutMark, cutService, readSeen } from "#lib/views/seen.ts";
import { seenPoller } from "#lib/views/seen-verdict.ts";
import type { BoardService, OfferDto } from "#lib/wire/board.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { ServiceView } from "#lib/wire/service.ts";

const eventsShown = 200;
const runsShown = 50;

/** One service with its history, newest first. */
export async function serviceView(
  store: Store,
  sight: Sight,
  id: string,
  now: number,
): Promise<Result<ServiceView, Refusal>> {
  return await store.read(async (reading) => {
    const service = await findService(reading, id);
    if (service === null || !sight.sees(service)) return err(noSuchService(id));
    const seen = await readSeen(reading, sight);
    const beat = await readBeat(reading);
    const timeline = await listEvents(reading, { from: 0, to: now, limit: eventsShown, serviceId: id });
    const runs = await listRuns(reading, { limit: runsShown, serviceId: id });
    const checkedAt = (await findState(reading, id))?.checkedAt ?? now;
    const [poll] = await listPolls(reading, id, { from: checkedAt, to: checkedAt, limit: 1 });
    return ok({
      at: now,
      poller: seenPoller(pollerDtoOf(beat), seen),
      service: cutService(await readBoardService(reading, id, service, beat?.beatAt ?? null, now), seen),
      config: service.config,
      timeline: cutEvents(timeline, seen),
      runs: runs.map((run) => cutMark(runMarkOf(run), seen)),
      measured: Object.keys(poll?.metrics ?? {}),
    });
  });
}

/** What may be done to a service right now, as its kind offered it after the last poll. */
export async function actionsView(store: Store, sight: Sight, serviceId: string): Promise<Result<OfferDto[], Refusal>> {
  return await store.read(async (reading) => {
    const service = await findService(reading, serviceId);
    if (service === null || !sight.sees(service)) return err(noSuchService(serviceId));
    const state = await findState(reading, serviceId);
    return ok([...(state?.actions ?? [])]);
  });
}

export function noSuchService(id: string): Refusal {
  return { code: "not-found", detail: `There is no service ${id.slice(0, 100)}` };
}

async function readBoardService(
  reading: Reading,
  id: string,
  service: NonNullable<Awaited<ReturnType<typeof findService>>>,
  beatAt: number | null,
  now: number,
): Promise<BoardService> {
  const state = await findState(reading, id);
  const active = (await openRuns(reading)).findLast((run) => run.serviceId === id);
  const told = boardServiceOf(service, state ?? undefined, active, beatAt, now);
  const found = await listFoundDependencies(reading);
  return { ...told, ...foundOf(found, id), ...careOf(await readCare(reading, now), told) };
}
