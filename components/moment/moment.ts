/** How far back a timeline may look. */
export const spans = [
  { label: "1 h", ms: 3_600_000 },
  { label: "6 h", ms: 6 * 3_600_000 },
  { label: "24 h", ms: 24 * 3_600_000 },
  { label: "7 d", ms: 7 * 86_400_000 },
] as const;
export type SpanMs = (typeof spans)[number]["ms"];

export const usualSpanMs: SpanMs = 6 * 3_600_000;

/** The shortest span from `usualSpanMs` up that reaches back to `at`; the longest when none does. */
export function spanFor(at: number | null, now: number): SpanMs {
  if (at === null) return usualSpanMs;
  return spans.find(({ ms }) => ms >= usualSpanMs && now - at < ms)?.ms ?? spans[spans.length - 1]?.ms ?? usualSpanMs;
}

/** The moment an address asks for with `?at=`, in epoch milliseconds; `null` (live) when it asks for none or for nonsense. */
export function momentOf(told: string | null | undefined): number | null {
  if (told === null || told === undefined || told === "") return null;
  const at = /^\d{1,15}$/.test(told) ? Number(told) : /^\d{4}-\d{2}-\d{2}T/.test(told) ? Date.parse(told) : Number.NaN;
  return Number.isFinite(at) && at > 0 ? at : null;
}

/** How a moment stands in an address: ISO 8601, as short as it is exact. */
export function momentParam(at: number): string {
  return new Date(at).toISOString().replace(/\.000Z$/, "Z");
}

/** What an address that was heard of means, and what of the written is still to be heard of, the last written at the end. */
export interface Heard {
  /** `own`: written here; `asked`: somebody went to another moment; `lost`: a page was opened that does not know of the moment. */
  readonly kind: "own" | "asked" | "lost";
  readonly written: readonly (string | null)[];
}

/**
 * Judges the moment that the router tells of. It tells of what was written into the address only when it has rendered, so
 * that an address may be heard of when another was long written (and some never are): taken for somebody's wish, the step
 * back of just before would undo "Live". Pure.
 */
export function hearAddress(written: readonly (string | null)[], told: string | null, moved: boolean): Heard {
  const last = written.at(-1) ?? null;
  if (told === null && last !== null && (moved || !written.includes(null))) return { kind: "lost", written: [last] };
  const known = written.lastIndexOf(told);
  return known >= 0 ? { kind: "own", written: written.slice(known) } : { kind: "asked", written: [told] };
}

/** The first whole second that has seen all of `at`: addresses stay short, and what happened at `at` is on the board. */
export function secondAfter(at: number): number {
  return Math.ceil(at / 1_000) * 1_000;
}

/** Nearer than this to now is now. */
const liveWithinMs = 1_500;

export interface Course {
  readonly now: number;
  /** One poll of the service that is polled most often. */
  readonly pollMs: number;
  /** When the oldest poll was that is kept; `null` when nobody knows. */
  readonly keptFrom: number | null;
  /** When something changed, oldest first. */
  readonly changes: readonly number[];
}

export type Step = "poll" | "minute" | "change" | "end";

/** Where a step from `at` (`null` is live) leads; a step that reaches now leads to live. Pure. */
export function stepFrom(at: number | null, step: Step, direction: -1 | 1, course: Course): number | null {
  const { now, pollMs, keptFrom, changes } = course;
  const from = at ?? now;
  switch (step) {
    case "poll":
      return held(Math.floor(from / 1_000) * 1_000 + direction * Math.max(1_000, pollMs), course);
    case "minute":
      return held(Math.floor(from / 1_000) * 1_000 + direction * 60_000, course);
    case "change": {
      const seconds = changes.map(secondAfter);
      const next = direction < 0 ? seconds.findLast((one) => one < from) : seconds.find((one) => one > from);
      return next === undefined ? at : held(next, course);
    }
    case "end":
      return direction > 0 ? null : keptFrom === null ? at : secondAfter(keptFrom);
    default:
      return step satisfies never;
  }
}

/** Within what is kept and what has happened. */
export function held(at: number, { now, keptFrom }: Pick<Course, "now" | "keptFrom">): number | null {
  if (at > now - liveWithinMs) return null;
  return keptFrom === null ? at : Math.max(at, secondAfter(keptFrom));
}

/** The step that a key asks for; `null` for any other key. */
export function stepOfKey(key: string, shift: boolean): { readonly step: Step; readonly direction: -1 | 1 } | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return { step: shift ? "minute" : "poll", direction: -1 };
    case "ArrowRight":
    case "ArrowUp":
      return { step: shift ? "minute" : "poll", direction: 1 };
    case "PageDown":
    case "[":
      return { step: "change", direction: -1 };
    case "PageUp":
    case "]":
      return { step: "change", direction: 1 };
    case "Home":
      return { step: "end", direction: -1 };
    case "End":
      return { step: "end", direction: 1 };
    default:
      return null;
  }
}
