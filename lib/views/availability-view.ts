import type { Sight } from "#lib/access/sight.ts";
import { staleAfterMs } from "#lib/core/freshness.ts";
import { coverOf, type Span } from "#lib/core/planned.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Status, worst } from "#lib/core/status.ts";
import { openMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import { readRollUps } from "#lib/store/past-roll-ups.ts";
import type { RollUp } from "#lib/store/roll-up.ts";
import { findService } from "#lib/store/services.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { AvailabilityDto } from "#lib/wire/history.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const dayMs = 86_400_000;
const beatMs = 900_000;
const hourMs = 3_600_000;
const lookBackDays = [1, 7, 30, 90] as const;

/** How much of the time a service worked over 24 hours, 7, 30 and 90 days, and its last day as a row of beats. */
export async function availabilityView(
  store: Store,
  sight: Sight,
  serviceId: string,
  now: number,
): Promise<Result<AvailabilityDto, Refusal>> {
  return await store.read(async (reading) => {
    const service = await findService(reading, serviceId);
    if (service === null || !sight.sees(service)) return err(noSuchService(serviceId));
    const holdMs = staleAfterMs(service.intervalMs);
    const planned = (await openMaintenance(reading, now - 90 * dayMs, now)).filter(
      ({ covers }) => coverOf(covers, service, [])?.nodes === null,
    );
    const none = { to: now, holdMs, keys: [] };
    const day = readRollUps(reading, serviceId, "minutes", { ...none, from: now - dayMs });
    const long = readRollUps(reading, serviceId, "hours", { ...none, from: now - 90 * dayMs });
    return ok({
      at: now,
      windows: lookBackDays.map((days) => ({
        days,
        ...(days === 1
          ? availabilityOf(day, { from: now - dayMs, to: now, stepMs: 60_000 }, planned)
          : availabilityOf(long, { from: now - days * dayMs, to: now, stepMs: hourMs }, planned)),
      })),
      beats: beatsOf(day, now),
    });
  });
}

/**
 * Up and down time in [from, to] without planned time and without what nobody saw. A roll-up does not know when within its
 * minute or hour something happened: where planned work covers a part of it, trouble is taken to lie in that part.
 */
export function availabilityOf(
  rolled: readonly Pick<RollUp, "at" | "seconds">[],
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
  planned: readonly Span[],
): Omit<AvailabilityDto["windows"][number], "days"> {
  let [upSeconds, downSeconds] = [0, 0];
  for (const { at, seconds } of rolled) {
    if (at + stepMs <= from || at > to) continue;
    const up = seconds.ok + seconds.warning;
    const down = seconds.critical;
    const taken = overlapSeconds(planned, at, Math.min(at + stepMs, to));
    downSeconds += Math.max(0, down - taken);
    upSeconds += Math.max(0, up - Math.max(0, taken - down));
  }
  const plannedSeconds = overlapSeconds(planned, from, to);
  const counted = upSeconds + downSeconds;
  return {
    percent: counted === 0 ? null : (upSeconds / counted) * 100,
    upSeconds: Math.round(upSeconds),
    downSeconds: Math.round(downSeconds),
    plannedSeconds: Math.round(plannedSeconds),
    unseenSeconds: Math.max(0, Math.round((to - from) / 1_000 - counted - plannedSeconds)),
  };
}

/** Planned stretches may overlap each other; time counts once. */
function overlapSeconds(spans: readonly Span[], from: number, to: number): number {
  let [ms, reached] = [0, from];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const begin = Math.max(span.from, reached);
    const end = Math.min(span.until, to);
    if (end <= begin) continue;
    ms += end - begin;
    reached = end;
  }
  return ms / 1_000;
}

function beatsOf(minutes: readonly RollUp[], now: number): AvailabilityDto["beats"] {
  const first = Math.floor(now / beatMs) * beatMs - 95 * beatMs;
  const seen = new Map<number, Status[]>();
  for (const one of minutes) {
    const slot = Math.floor((one.at - first) / beatMs);
    seen.set(slot, [...(seen.get(slot) ?? []), one.worst]);
  }
  return Array.from({ length: 96 }, (_, slot) => {
    const all = seen.get(slot);
    return { at: first + slot * beatMs, status: all === undefined ? null : worst(all) };
  });
}
