import { formatDuration } from "#lib/core/duration.ts";

/** How long ago `at` was, on the clock it is handed; it ticks because `now` does. A reading never made is said so. */
export function Age({
  at,
  now,
  never = "never",
  className,
}: {
  /** Epoch milliseconds; `null` when there was none. */
  readonly at: number | null;
  readonly now: number;
  readonly never?: string;
  readonly className?: string | undefined;
}) {
  if (at === null) return <span className={className}>{never}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} className={className} suppressHydrationWarning>
      {agoWords(now - at)}
    </time>
  );
}

/** `now`, `4 s ago`, `3 min 12 s ago`. Whole seconds: decimals that change each second draw the eye for nothing. */
export function agoWords(ageMs: number): string {
  return ageMs < 1_000 ? "now" : `${wholeSeconds(ageMs)} ago`;
}

/** A length of time for what ticks each second: never finer than a second. */
export function wholeSeconds(ms: number): string {
  return ms < 10_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : formatDuration(ms);
}
