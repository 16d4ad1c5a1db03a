import type { Sight } from "#lib/access/sight.ts";
import { blindWordsOf } from "#lib/core/distrust.ts";
import { type Beat, readBeat } from "#lib/store/beat.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { lastSeq, type Reading, type Store } from "#lib/store/open-store.ts";
import { openRuns } from "#lib/store/runs.ts";
import { listServices } from "#lib/store/services.ts";
import { statesById } from "#lib/store/states.ts";
import { readAutomation } from "#lib/views/automation.ts";
import { asBefore, boardServiceOf, foundOf, rememberTold } from "#lib/views/board-service.ts";
import { breakGlassNotices } from "#lib/views/break-glass.ts";
import { careOf, readCare } from "#lib/views/care.ts";
import { readFollowing } from "#lib/views/following.ts";
import { readIncidentsAt } from "#lib/views/incident-view.ts";
import { readOfferVerdicts, withVerdicts } from "#lib/views/offer-verdicts.ts";
import { cutService, readSeen, type Seen } from "#lib/views/seen.ts";
import { seenPoller, seenVerdict } from "#lib/views/seen-verdict.ts";
import type { Board, BoardService, PollerDto } from "#lib/wire/board.ts";

/** The board at `now` as far as `sight` reaches, from one consistent cut of the store. Throws what `storeTroubleOf` understands. */
export async function boardView(store: Pick<Store, "read">, sight: Sight, now: number): Promise<Board> {
  return await store.read((reading) => readBoard(reading, sight, now));
}

/** The same inside a transaction that reads more. */
export async function readBoard(reading: Reading, sight: Sight, now: number): Promise<Board> {
  return (await readBoards(reading, sight, now)).told;
}

/** What he is told, and all that there is: to say what lies out of sight without naming it. */
export async function readBoards(
  reading: Reading,
  sight: Sight,
  now: number,
): Promise<{ readonly told: Board; readonly services: readonly BoardService[]; readonly seen: Seen }> {
  const seq = await lastSeq(reading);
  const beat = await readBeat(reading);
  const states = statesById(reading);
  const active = new Map((await openRuns(reading)).map((run) => [run.serviceId, run]));
  const care = await readCare(reading, now);
  const found = await listFoundDependencies(reading);
  const verdicts = await readOfferVerdicts(reading, now);
  const beatAt = beat?.beatAt ?? null;
  const nobodyCares = care.maintenance.length + care.mutes.length === 0;
  const services = (await listServices(reading)).map((service) => {
    const state = states.get(service.id);
    const run = active.get(service.id);
    const isPlain = nobodyCares && run === undefined && state?.actions.length === 0 && !found.has(service.id);
    const before = isPlain ? asBefore(service, state, beatAt, now) : undefined;
    if (before !== undefined) return before;
    const own = boardServiceOf(service, state, run, beatAt, now);
    const told = withVerdicts({ ...own, ...foundOf(found, service.id), ...careOf(care, own) }, verdicts);
    if (isPlain) rememberTold(service, state, beatAt, now, told);
    return told;
  });
  const seen = await readSeen(reading, sight);
  const shown = seen.whole ? services : services.filter(({ id }) => seen.has(id)).map((each) => cutService(each, seen));
  const blind = blindWordsOf(beat?.notices ?? []);
  const poller = pollerDtoOf(beat);
  const told = {
    at: now,
    seq,
    poller: seenPoller({ ...poller, notices: [...poller.notices, ...(await breakGlassNotices(reading, now))] }, seen),
    verdict: seenVerdict(services, shown, seen, now, blind),
    services: shown,
    incidents: await readIncidentsAt(reading, seen, now),
    automation: await readAutomation(reading, services, seen, now),
    following: await readFollowing(reading, seen, now),
  };
  return { told, services, seen };
}

export function pollerDtoOf(beat: Beat | null): PollerDto {
  return {
    beatAt: beat?.beatAt ?? null,
    startedAt: beat?.startedAt ?? null,
    notices: [...(beat?.notices ?? [])],
  };
}
