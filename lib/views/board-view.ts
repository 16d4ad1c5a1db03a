import { blindWordsOf } from "#lib/core/distrust.ts";
import { verdictOf } from "#lib/core/verdict.ts";
import { type Beat, readBeat } from "#lib/store/beat.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { lastSeq, type Reading, type Store } from "#lib/store/open-store.ts";
import { openRuns } from "#lib/store/runs.ts";
import { listServices } from "#lib/store/services.ts";
import { listStates } from "#lib/store/states.ts";
import { boardServiceOf, foundOf } from "#lib/views/board-service.ts";
import { careOf, readCare } from "#lib/views/care.ts";
import { readIncidentsAt } from "#lib/views/incident-view.ts";
import type { Board, PollerDto } from "#lib/wire/board.ts";

/** The whole board at `now`, from one consistent cut of the store. Throws what `storeTroubleOf` understands. */
export async function boardView(store: Store, now: number): Promise<Board> {
  return await store.read((reading) => readBoard(reading, now));
}

/** The same inside a transaction that reads more. */
export async function readBoard(reading: Reading, now: number): Promise<Board> {
  const seq = await lastSeq(reading);
  const beat = await readBeat(reading);
  const states = new Map((await listStates(reading)).map((state) => [state.serviceId, state]));
  const active = new Map((await openRuns(reading)).map((run) => [run.serviceId, run]));
  const care = await readCare(reading, now);
  const found = await listFoundDependencies(reading);
  const services = (await listServices(reading)).map((service) => {
    const told = boardServiceOf(service, states.get(service.id), active.get(service.id), beat?.beatAt ?? null, now);
    return { ...told, ...foundOf(found, service.id), ...careOf(care, told) };
  });
  const incidents = await readIncidentsAt(reading, now);
  return {
    at: now,
    seq,
    poller: pollerDtoOf(beat),
    verdict: verdictOf(services, now, blindWordsOf(beat?.notices ?? [])),
    services,
    incidents,
  };
}

export function pollerDtoOf(beat: Beat | null): PollerDto {
  return {
    beatAt: beat?.beatAt ?? null,
    startedAt: beat?.startedAt ?? null,
    notices: [...(beat?.notices ?? [])],
  };
}
