import { type Status, worst } from "#lib/core/status.ts";
import type { PollColumns } from "#lib/store/poll-columns.ts";

/** What is kept of a minute or an hour of polls. A time in which nothing was measured has none, or fewer seconds: a gap. */
export interface RollUp {
  /** Begin of the minute or hour. */
  readonly at: number;
  readonly polls: number;
  readonly worst: Status;
  /** How long each status stood; what is missing to the full time was not measured. */
  readonly seconds: Readonly<Record<Status, number>>;
  readonly metrics: Readonly<Record<string, Span>>;
}

/** Of one metric. `count` is how many polls measured it. */
export interface Span {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly count: number;
}

/** How far a status reaches beyond its poll: to the next one, at most to `holdMs`, after which it is old and not believed. */
export interface Spread {
  readonly stepMs: number;
  readonly holdMs: number;
  /** When nobody measured, sorted: no status stands within it, whatever the last poll before it said. */
  readonly gaps?: readonly Gap[];
}

/** A stretch in which the poller was off, or could not see. */
export interface Gap {
  readonly from: number;
  readonly until: number;
}

/** Polls to roll-ups of `stepMs` for [from, to). The columns begin `holdMs` earlier, so that the first status is known. */
export function rollUpPolls(
  { at, status, series }: PollColumns,
  { from, to, stepMs, holdMs, gaps = [] }: Spread & { readonly from: number; readonly to: number },
): RollUp[] {
  const steps = new Map<number, Gathering>();
  const stepAt = (time: number) => {
    const begin = Math.floor(time / stepMs) * stepMs;
    const known = steps.get(begin);
    if (known !== undefined) return known;
    const fresh: Gathering = { polls: 0, statuses: new Set(), seconds: { ...noSeconds }, metrics: new Map() };
    steps.set(begin, fresh);
    return fresh;
  };
  for (let i = 0; i < at.length; i += 1) {
    const time = at[i] as number;
    const is = gaps.some((gap) => gap.from <= time && time < gap.until) ? "unknown" : (status[i] as Status);
    const end = Math.min(at[i + 1] ?? to, time + holdMs, to);
    for (const seen of outside(gaps, Math.max(time, from), end)) {
      for (let begin = seen.from; begin < seen.until; ) {
        const next = Math.min(seen.until, Math.floor(begin / stepMs) * stepMs + stepMs);
        const step = stepAt(begin);
        step.seconds[is] += (next - begin) / 1_000;
        step.statuses.add(is);
        begin = next;
      }
    }
    if (time < from || time >= to) continue;
    const step = stepAt(time);
    step.polls += 1;
    step.statuses.add(is);
  }
  for (const [key, values] of series) {
    for (let i = 0; i < at.length; i += 1) {
      const value = values[i] ?? null;
      const time = at[i] as number;
      if (value === null || time < from || time >= to) continue;
      widen(stepAt(time).metrics, key, { min: value, max: value, mean: value, count: 1 });
    }
  }
  return [...steps].sort(([a], [b]) => a - b).map(([begin, step]) => finished(begin, step));
}

/** What of [from, until) lies in no gap. */
function outside(gaps: readonly Gap[], from: number, until: number): Gap[] {
  const seen: Gap[] = [];
  let begin = from;
  for (const gap of gaps) {
    if (gap.until <= begin || gap.from >= until) continue;
    if (gap.from > begin) seen.push({ from: begin, until: gap.from });
    begin = gap.until;
  }
  if (begin < until) seen.push({ from: begin, until });
  return seen;
}

/** Finer roll-ups, in order of time, to coarser ones. */
export function mergeRollUps(fine: readonly RollUp[], stepMs: number): RollUp[] {
  const steps = new Map<number, Gathering>();
  for (const one of fine) {
    const begin = Math.floor(one.at / stepMs) * stepMs;
    const step = steps.get(begin) ?? { polls: 0, statuses: new Set(), seconds: { ...noSeconds }, metrics: new Map() };
    steps.set(begin, step);
    step.polls += one.polls;
    step.statuses.add(one.worst);
    for (const status of Object.keys(one.seconds) as Status[]) step.seconds[status] += one.seconds[status];
    for (const [key, span] of Object.entries(one.metrics)) widen(step.metrics, key, span);
  }
  return [...steps].map(([begin, step]) => finished(begin, step));
}

/** Both together: the mean by how many polls each was made of. */
export function mergeSpans(a: Span, b: Span): Span {
  const count = a.count + b.count;
  return {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    mean: count === 0 ? a.mean : (a.mean * a.count + b.mean * b.count) / count,
    count,
  };
}

interface Gathering {
  polls: number;
  readonly statuses: Set<Status>;
  readonly seconds: Record<Status, number>;
  readonly metrics: Map<string, Span>;
}

const noSeconds: Readonly<Record<Status, number>> = { ok: 0, unknown: 0, warning: 0, critical: 0 };

function widen(metrics: Map<string, Span>, key: string, span: Span): void {
  const before = metrics.get(key);
  metrics.set(key, before === undefined ? span : mergeSpans(before, span));
}

function finished(at: number, { polls, statuses, seconds, metrics }: Gathering): RollUp {
  const rounded = Object.fromEntries(
    Object.entries(seconds).map(([status, s]) => [status, Math.round(s * 10) / 10]),
  ) as Record<Status, number>;
  return { at, polls, worst: worst([...statuses]), seconds: rounded, metrics: Object.fromEntries(metrics) };
}
