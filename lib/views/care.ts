import { coverOf } from "#lib/core/planned.ts";
import { nodesOf } from "#lib/core/verdict.ts";
import { changedMaintenance, type MaintenanceRow, openMaintenance } from "#lib/store/maintenance.ts";
import { changedMutes, type MuteKind, type MuteRow, mutesAt } from "#lib/store/mutes.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { MuteMark } from "#lib/wire/planned.ts";

/** What people said about services' trouble, as it held at one time: planned work, acknowledgements, silences. */
export interface Care {
  readonly maintenance: readonly MaintenanceRow[];
  readonly mutes: readonly MuteRow[];
}

type Cared = Pick<BoardService, "maintenance" | "acknowledgement" | "silence">;

export async function readCare(reading: Reading, at: number): Promise<Care> {
  return { maintenance: await openMaintenance(reading, at, at), mutes: await mutesAt(reading, at) };
}

/**
 * What is laid over one service. Where all its nodes are planned to be out and nothing else is wrong, that is maintenance of
 * the whole of it: it is not well, as its excused findings alone would have it.
 */
export function careOf(
  { maintenance, mutes }: Care,
  service: Pick<BoardService, "id" | "group" | "status" | "trend" | "findings">,
): Required<Cared> {
  const told = {
    acknowledgement: markOf(mutes, "acknowledgement", service.id),
    silence: markOf(mutes, "silence", service.id),
  };
  if (maintenance.length === 0) return { maintenance: [], ...told };
  const nodes = nodesOf(service);
  const covers = maintenance.flatMap(({ id, note, by, from, until, covers }) => {
    const cover = coverOf(covers, service, nodes);
    return cover === null ? [] : [{ id, note, by, from, until, nodes: cover.nodes && [...cover.nodes] }];
  });
  const out = new Set(covers.flatMap((cover) => cover.nodes ?? []));
  const allOut = service.status === "ok" && nodes.length > 0 && nodes.every((node) => out.has(node));
  return { maintenance: allOut ? covers.map((cover) => ({ ...cover, nodes: null })) : covers, ...told };
}

/** Ids of the services that something was said about after `seq`, or taken back. */
export async function servicesCaredSince(
  reading: Reading,
  seq: number,
  services: readonly BoardService[],
): Promise<string[]> {
  const covers = (await changedMaintenance(reading, seq)).map((row) => row.covers);
  const touched = services.filter((service) => {
    const nodes = covers.length === 0 ? [] : nodesOf(service);
    return covers.some((cover) => coverOf(cover, service, nodes) !== null);
  });
  const muted = (await changedMutes(reading, seq)).map((row) => row.serviceId);
  return [...touched.map((service) => service.id), ...muted];
}

/** The newest one counts: who acknowledges again says more, or for longer. */
function markOf(mutes: readonly MuteRow[], kind: MuteKind, serviceId: string): MuteMark | null {
  const mute = mutes.findLast((row) => row.kind === kind && row.serviceId === serviceId);
  return mute === undefined ? null : { id: mute.id, words: mute.words, by: mute.by, at: mute.at, until: mute.until };
}
