/** What the schedule needs to know of a service. */
export interface Scheduled {
  readonly id: string;
  readonly intervalMs: number;
  readonly dependsOn: readonly string[];
}

/** When a service is polled: at `firstAt`, then every `intervalMs` on that beat for good, however long a poll takes. */
export interface Slot {
  readonly id: string;
  readonly firstAt: number;
  readonly intervalMs: number;
  /** Position in the order of importance; decides when two are due at once. */
  readonly rank: number;
}

/**
 * Spreads the first polls evenly over one interval of each service, what others depend on first. A part of each place is
 * drawn from the service's id, so that pollers and cron jobs of the same beat do not meet; the same id always gets the same.
 */
export function spread(services: readonly Scheduled[], now: number): Slot[] {
  const ordered = byImportance(services);
  return ordered.map(({ id, intervalMs }, rank) => ({
    id,
    intervalMs,
    rank,
    firstAt: now + Math.floor((intervalMs * (rank + fractionOf(id))) / ordered.length),
  }));
}

/** The first time on the slot's beat that is not before `now`. Beats that were missed are skipped, never made up for. */
export function nextDue(slot: Pick<Slot, "firstAt" | "intervalMs">, now: number): number {
  if (now <= slot.firstAt) return slot.firstAt;
  return slot.firstAt + Math.ceil((now - slot.firstAt) / slot.intervalMs) * slot.intervalMs;
}

/** A service with the time of its next poll. */
export interface Waiting {
  readonly slot: Slot;
  readonly dueAt: number;
  /** Since when a poll of it runs; `null` when none does. A service is never polled twice at a time. */
  readonly runningSince: number | null;
}

export interface Bounds {
  /** Polls begun within the last `settleMs`: these cost CPU, so they are few. */
  readonly starting: number;
  /** All polls that run. Those that only wait for a hung target cost memory alone, so they are many. */
  readonly running: number;
  readonly settleMs: number;
}

export const defaultBounds: Bounds = { starting: 64, running: 5_000, settleMs: 250 };

/** The polls to begin at `now`: longest due first, then the more important. Hung polls take no place from others. */
export function pickDue(waiting: Iterable<Waiting>, now: number, bounds: Bounds = defaultBounds): string[] {
  const due: Waiting[] = [];
  let running = 0;
  let starting = 0;
  for (const one of waiting) {
    if (one.runningSince !== null) {
      running += 1;
      if (now - one.runningSince < bounds.settleMs) starting += 1;
    } else if (one.dueAt <= now) due.push(one);
  }
  const room = Math.max(0, Math.min(bounds.starting - starting, bounds.running - running));
  due.sort((a, b) => a.dueAt - b.dueAt || a.slot.rank - b.slot.rank);
  return due.slice(0, room).map((one) => one.slot.id);
}

/** Most depended upon first, at any distance; then as the configuration lists them. */
function byImportance(services: readonly Scheduled[]): Scheduled[] {
  const dependants = countDependants(services);
  return services
    .map((service, at) => ({ service, at, weight: dependants.get(service.id) ?? 0 }))
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
    .map(({ service }) => service);
}

function countDependants(services: readonly Scheduled[]): Map<string, number> {
  const byId = new Map(services.map((service) => [service.id, service]));
  const counts = new Map<string, number>();
  for (const service of services) {
    const seen = new Set<string>([service.id]);
    const open = [...service.dependsOn];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      counts.set(id, (counts.get(id) ?? 0) + 1);
      open.push(...(byId.get(id)?.dependsOn ?? []));
    }
  }
  return counts;
}

/** FNV-1a to [0, 1): spreads similar names well and needs no randomness. */
function fractionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 0x1_0000_0000;
}
