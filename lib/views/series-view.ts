import type { Sight } from "#lib/access/sight.ts";
import { staleAfterMs } from "#lib/core/freshness.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { readRollUps } from "#lib/store/past-roll-ups.ts";
import { readColumns } from "#lib/store/poll-columns.ts";
import { mergeSpans, type Span } from "#lib/store/roll-up.ts";
import { stepMsOf } from "#lib/store/roll-ups.ts";
import { findService } from "#lib/store/services.ts";
import type { Tier } from "#lib/store/tiers.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { SeriesDto } from "#lib/wire/history.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface SeriesAsked {
  readonly serviceId: string;
  /** `metric|node|subject`. */
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** How many slots at most. */
  readonly points: number;
}

/** One metric over time in `points` slots, each with the least, the most and the mean of all polls in it. */
export async function seriesView(store: Store, sight: Sight, asked: SeriesAsked): Promise<Result<SeriesDto, Refusal>> {
  const { serviceId, key, to } = asked;
  const { from, stepMs, grain } = slotsOf(asked);
  return await store.read(async (reading) => {
    const service = await findService(reading, serviceId);
    if (service === null || !sight.sees(service)) return err(noSuchService(serviceId));
    const slots = new Map<number, Span>();
    const add = (at: number, span: Span) => {
      const slot = Math.max(0, Math.floor((at - from) / stepMs));
      const before = slots.get(slot);
      slots.set(slot, before === undefined ? span : mergeSpans(before, span));
    };
    const addRolled = (tier: "minutes" | "hours", end: number) => {
      const range = { from, to: end, keys: [key], holdMs: staleAfterMs(service.intervalMs) };
      for (const { at, metrics } of readRollUps(reading, serviceId, tier, range)) {
        const span = metrics[key];
        if (span !== undefined) add(at, span);
      }
    };
    if (grain !== "polls") {
      addRolled(grain, to);
    } else {
      const { at, series } = readColumns(reading, serviceId, { from, to, keys: [key] });
      // Older than the polls that are kept, minutes stand for them.
      const first = at[0] ?? to;
      if (first - from > 2 * minuteMs) addRolled("minutes", first - minuteMs);
      for (const [i, value] of (series.get(key) ?? []).entries()) {
        if (value !== null) add(at[i] as number, { min: value, max: value, mean: value, count: 1 });
      }
    }
    return ok({ key, from, to, stepMs, ...columnsOf(slots, from, stepMs, Math.ceil((to - from) / stepMs)) });
  });
}

const minuteMs = 60_000;

/**
 * Slots are whole minutes or hours where they are made of those, and begin where those begin: else a minute's extremes would
 * lie in a slot that they do not belong to. So there may be fewer slots than asked for, and the first begins a little early.
 */
function slotsOf({ from, to, points }: SeriesAsked): {
  readonly from: number;
  readonly stepMs: number;
  readonly grain: Tier;
} {
  const wanted = Math.max(1, Math.ceil((to - from) / points));
  if (wanted < minuteMs) return { from, stepMs: wanted, grain: "polls" };
  const grain = wanted < stepMsOf.hours ? "minutes" : "hours";
  const whole = stepMsOf[grain];
  return { from: Math.floor(from / whole) * whole, stepMs: Math.ceil(wanted / whole) * whole, grain };
}

function columnsOf(
  slots: ReadonlyMap<number, Span>,
  from: number,
  stepMs: number,
  length: number,
): Pick<SeriesDto, "at" | "min" | "max" | "mean" | "count"> {
  const each = <T>(pick: (span: Span | undefined) => T) => Array.from({ length }, (_, i) => pick(slots.get(i)));
  return {
    at: Array.from({ length }, (_, i) => from + i * stepMs),
    min: each((span) => span?.min ?? null),
    max: each((span) => span?.max ?? null),
    mean: each((span) => span?.mean ?? null),
    count: each((span) => span?.count ?? 0),
  };
}
