import { type Drill, lastDrills } from "#lib/store/drills.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { countRuns, type RunRecord } from "#lib/store/runs.ts";
import type { BoardService, OfferDto } from "#lib/wire/board.ts";

/** How each action did so far, and when it was last tried out on purpose. */
export interface OfferVerdicts {
  readonly records: ReadonlyMap<string, readonly RunRecord[]>;
  readonly drills: ReadonlyMap<string, Drill>;
}

/** Further back than this, an action and what it works on were others. */
const rememberedMs = 180 * 86_400_000;

export async function readOfferVerdicts(reading: Reading, now: number): Promise<OfferVerdicts> {
  const counted = await countRuns(reading, now - rememberedMs);
  return { records: Map.groupBy(counted, keyOf), drills: await lastDrills(reading) };
}

/** The offers of a service, each with how it did: against what is open now where it was tried against that, else at all. */
export function withVerdicts(service: BoardService, { records, drills }: OfferVerdicts): BoardService {
  if (service.actions.length === 0 || (records.size === 0 && drills.size === 0)) return service;
  const open = new Set(service.findings.filter(({ severity }) => severity !== "info").map(({ rule }) => rule));
  return { ...service, actions: service.actions.map((offer) => told(offer, service.id, open)) };

  function told(offer: OfferDto, serviceId: string, rules: ReadonlySet<string>): OfferDto {
    const known = records.get(keyOf({ serviceId, action: offer.id })) ?? [];
    const same = known.filter(({ symptomRule }) => symptomRule !== null && rules.has(symptomRule));
    const counted = same.length > 0 ? same : known;
    const of = sum(counted);
    const helped = sum(counted.filter(({ state }) => state === "succeeded"));
    const drill = drills.get(offer.id);
    return {
      ...offer,
      ...(of === 0 ? {} : { record: { helped, of, sameSymptom: same.length > 0 } }),
      ...(drill === undefined ? {} : { drill: { at: drill.at, passed: drill.verdict === "passed" } }),
    };
  }
}

function keyOf({ serviceId, action }: { readonly serviceId: string; readonly action: string }): string {
  return `${serviceId} ${action}`;
}

function sum(records: readonly RunRecord[]): number {
  return records.reduce((total, { count }) => total + count, 0);
}
