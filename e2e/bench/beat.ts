/** How much later than on its own best beat each of a service's checks came, in milliseconds. */
export function latenesses(times: readonly number[], intervalMs: number): number[] {
  const first = times[0] ?? 0;
  const phases = times.map((time) => time - intervalMs * Math.round((time - first) / intervalMs));
  const beat = Math.min(...phases);
  return phases.map((phase) => phase - beat);
}

/** Beats between a service's first and last check in which none came. */
export function skipped(times: readonly number[], intervalMs: number): number {
  const beats = Math.round(((times.at(-1) ?? 0) - (times[0] ?? 0)) / intervalMs) + 1;
  return Math.max(0, beats - times.length);
}

/** The times between each check and the next. */
export function periods(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] ?? 0));
}
