/** How bad a finding is. A finding that is not trouble is not a finding. */
export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

/** What the board says of a service, in rising order of trouble. `unknown` is neither ok nor down. */
export const statuses = ["ok", "unknown", "warning", "critical"] as const;
export type Status = (typeof statuses)[number];

/** Laid over a status: it says what is being done about it, never that all is well. */
export const overlays = ["healing", "maintenance", "acknowledged", "flapping"] as const;
export type Overlay = (typeof overlays)[number];

/** The worse of the two, in the order of `statuses`. */
export function worse(a: Status, b: Status): Status {
  return statuses.indexOf(a) >= statuses.indexOf(b) ? a : b;
}

/** The worst of all; an empty list is `unknown`, because nothing was seen. */
export function worst(all: readonly Status[]): Status {
  return all.length === 0 ? "unknown" : all.reduce(worse);
}
