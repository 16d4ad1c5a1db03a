import { type Covers, coverOf, coversWords, holdsAt, type Span } from "#lib/core/planned.ts";

/** Planned work as it is kept. */
export interface KnownMaintenance extends Span {
  readonly id: string;
  readonly covers: Covers;
  readonly note: string;
  readonly by: string;
  readonly toldAt: number | null;
  readonly endedAt: number | null;
}

/** An acknowledgement or a silence as it is kept. */
export interface KnownMute {
  readonly id: string;
  readonly kind: "acknowledgement" | "silence";
  readonly serviceId: string;
  readonly at: number;
  readonly until: number;
}

export interface CaredService {
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  /** Its nodes, by its configuration and by what was found of it; `null` while those that it finds are not known yet. */
  readonly nodes: readonly string[] | null;
  /** Whether it is certain that it is well since `wellSince`. */
  readonly wellSince: number | null;
}

/** What time or recovery did to what people said; each is written down and told on the timeline. */
export type CareChange =
  | {
      readonly type: "maintenance-began";
      readonly id: string;
      readonly serviceId: string | null;
      readonly text: string;
    }
  | {
      readonly type: "maintenance-over";
      readonly id: string;
      readonly serviceId: string | null;
      readonly at: number;
      readonly text: string;
    }
  | {
      readonly type: "mute-over";
      readonly id: string;
      readonly kind: KnownMute["kind"];
      readonly serviceId: string;
      readonly at: number;
      readonly by: "time" | "recovery";
      readonly text: string;
    };

/**
 * What is to be done at `now` about planned work, acknowledgements and silences that nobody ended. Pure: doing it and
 * asking again gives nothing more.
 */
export function careChanges(
  known: { readonly maintenance: readonly KnownMaintenance[]; readonly mutes: readonly KnownMute[] },
  services: readonly CaredService[],
  now: number,
): CareChange[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const nameOf = (id: string) => byId.get(id)?.name ?? id;
  return [
    ...known.maintenance.flatMap((row): CareChange[] => {
      const words = `Maintenance of ${coversWords(row.covers, nameOf)}`;
      const serviceId = onlyService(row.covers);
      if (row.toldAt === null && row.endedAt === null && holdsAt(row, now)) {
        const text = `${words} began${row.note === "" ? "" : `: ${row.note}`}${strangeWords(row.covers, services)}`;
        return [{ type: "maintenance-began", id: row.id, serviceId, text }];
      }
      if (row.toldAt === null || row.endedAt !== null || now < row.until) return [];
      return [{ type: "maintenance-over", id: row.id, serviceId, at: row.until, text: `${words} is over` }];
    }),
    ...known.mutes.flatMap((mute): CareChange[] => {
      const { id, kind, serviceId } = mute;
      const what = kind === "acknowledgement" ? "acknowledgement" : "silence";
      if (mute.until <= now) {
        const text = `The ${what} of ${nameOf(serviceId)} has run out`;
        return [{ type: "mute-over", id, kind, serviceId, at: mute.until, by: "time", text }];
      }
      const wellSince = byId.get(serviceId)?.wellSince ?? null;
      if (kind !== "acknowledgement" || wellSince === null || wellSince < mute.at) return [];
      const text = `${nameOf(serviceId)} is well again: the acknowledgement ended`;
      return [{ type: "mute-over", id, kind, serviceId, at: now, by: "recovery", text }];
    }),
  ];
}

/** A mistyped name covers nothing, and nobody would notice before the pages come. */
function strangeWords(covers: Covers, services: readonly Pick<CaredService, "nodes">[]): string {
  if (services.some(({ nodes }) => nodes === null)) return "";
  const known = new Set(services.flatMap(({ nodes }) => nodes ?? []));
  const strange = covers.nodes.filter((node) => !known.has(node));
  return strange.length === 0 ? "" : ` (no service has a node ${strange.join(" or ")}, so that covers nothing)`;
}

/** Ids of the services that are covered as a whole at `now`. */
export function coveredAt(
  maintenance: readonly Pick<KnownMaintenance, "from" | "until" | "covers">[],
  services: readonly Pick<CaredService, "id" | "group">[],
  now: number,
): Set<string> {
  const holding = maintenance.filter((row) => holdsAt(row, now));
  if (holding.length === 0) return new Set();
  const covered = services.filter((service) => holding.some((row) => coverOf(row.covers, service, [])?.nodes === null));
  return new Set(covered.map((service) => service.id));
}

/** The nodes that are planned to be out at `now`. */
export function plannedNodesAt(
  maintenance: readonly Pick<KnownMaintenance, "from" | "until" | "covers">[],
  now: number,
): Set<string> {
  return new Set(maintenance.filter((row) => holdsAt(row, now)).flatMap((row) => row.covers.nodes));
}

function onlyService({ services, groups, nodes }: Covers): string | null {
  return services.length === 1 && groups.length === 0 && nodes.length === 0 ? (services[0] ?? null) : null;
}
