import type { StateMemory } from "#lib/core/state.ts";

/** What is confirmed of a service, as far as incidents and acknowledgements hang on it. */
export type Certain = "critical" | "trouble" | "well" | null;

/**
 * `critical` when that is confirmed and was told on: not while the service flaps or Pitwall distrusts itself; `trouble` when
 * a warning at least is confirmed; `well` when ok is, flapping or not, so that the last recovery always counts.
 */
export function certainOf({ status, hard, told }: Pick<StateMemory, "status" | "hard" | "told">): Certain {
  if (status === "ok") return hard === "ok" ? "well" : null;
  if (status === "unknown" || (hard !== "critical" && hard !== "warning")) return null;
  return status === "critical" && hard === "critical" && told === "critical" ? "critical" : "trouble";
}
