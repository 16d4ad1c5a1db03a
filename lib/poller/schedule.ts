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
  readonly slot: Pick<Slot, "rank">;
  readonly dueAt: number;
}

export interface Running {
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

/**
 * As many may be starting as twice the mean rate brings, at least 64: with fewer, a thousand checks a second would be held
 * back as soon as answers take longer than `settleMs`, and then be skipped.
 */
export function boundsFor(services: Iterable<Pick<Slot, "intervalMs">>): Bounds {
  const { settleMs, starting } = defaultBounds;
  return { ...defaultBounds, starting: Math.max(starting, Math.ceil(2 * settleMs * pollsPerMs(services))) };
}

const together = 6;
const shortestRestMs = 10;
const longestDelayMs = 50;

/**
 * How long to rest at least between two looks at what is due. Waking the process costs more than a poll, so about six
 * polls begin together, the first of them at most 50 ms late; more at once would be in each other's way, and in their times.
 */
export function restBetween(services: Iterable<Pick<Slot, "intervalMs">>): number {
  return Math.min(longestDelayMs, Math.max(shortestRestMs, Math.round(together / pollsPerMs(services))));
}

function pollsPerMs(services: Iterable<Pick<Slot, "intervalMs">>): number {
  let rate = 0;
  for (const { intervalMs } of services) rate += 1 / intervalMs;
  return rate;
}

/** How many polls may begin at `now` while these run. Hung polls take no place from others. */
export function roomFor(running: Iterable<Running>, now: number, bounds: Bounds = defaultBounds): number {
  let all = 0;
  let starting = 0;
  for (const { runningSince } of running) {
    all += 1;
    if (runningSince !== null && now - runningSince < bounds.settleMs) starting += 1;
  }
  return Math.max(0, Math.min(bounds.starting - starting, bounds.running - all));
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
