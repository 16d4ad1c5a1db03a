import { type Status, statuses } from "#lib/core/status.ts";

/** When a status counts as confirmed: that many samples in a row, or that many of the last few. */
export type Confirm =
  | { readonly after: number; readonly recover: number }
  | { readonly fails: number; readonly of: number };

export interface StatePolicy {
  readonly confirm: Confirm;
  /** Percent of weighted state changes: flapping begins at `high` and ends below `low`. `null`: never told. */
  readonly flapping: { readonly high: number; readonly low: number } | null;
  /** How long nothing may be known of the service until that alone is critical; `null`: never. */
  readonly unknown: { readonly criticalAfterMs: number | null };
}

export const defaultPolicy: StatePolicy = {
  confirm: { after: 3, recover: 2 },
  flapping: { high: 30, low: 20 },
  unknown: { criticalAfterMs: null },
};

/** How many samples flapping looks back on. */
export const flapWindow = 21;

/** One sample's say. Times are epoch milliseconds. */
export interface Seen {
  readonly at: number;
  readonly status: Status;
  /** `false`: shown but never counted, neither as trouble nor as recovery: planned work, or Pitwall saw nothing itself. */
  readonly counts: boolean;
  /** Counted, but nothing is told on of it yet: the poller has just started, or distrusts itself. */
  readonly held: boolean;
}

/** All that the next sample's judgement needs of those before. Plain JSON: it outlives the poller in the store. */
export interface StateMemory extends Core {
  /** What is shown: the last sample's status at once, as far as the policy on silence lets it. */
  readonly status: Status;
  /** How many of how many samples speak for what is shown; `n` is 0 where the sample did not count. */
  readonly attempt: Attempt;
  /** The last sample, and what was remembered before it: another sample of the same time is judged together with it. */
  readonly last: { readonly seen: Seen; readonly before: Core } | null;
}

export interface Attempt {
  readonly n: number;
  readonly of: number;
}

interface Core {
  /** The last confirmed status; `null` before the first. */
  readonly hard: Status | null;
  readonly hardSince: number | null;
  /** The last confirmed status that was told on: it stands still while the service flaps or the poller holds back. */
  readonly told: Status | null;
  /** Counted statuses, oldest first, by their first letters; at most `flapWindow`. */
  readonly recent: string;
  readonly flapping: boolean;
  readonly unknownSince: number | null;
}

/** What incidents, pages and heals hang on: a confirmed change, told once. */
export interface Transition {
  readonly from: Status;
  readonly to: Status;
}

const nothing: Core = { hard: null, hardSince: null, told: null, recent: "", flapping: false, unknownSince: null };

export const emptyMemory: StateMemory = { ...nothing, status: "unknown", attempt: { n: 0, of: 0 }, last: null };

/** Of a service whose status was kept before memories were: it counts as confirmed, `unknown` as nothing known. */
export function memoryOf(status: Status, since: number | null): StateMemory {
  if (status === "unknown") return emptyMemory;
  return { ...emptyMemory, status, hard: status, hardSince: since, told: status, recent: letterOf(status) };
}

/**
 * The state after one more sample. Samples of one time are judged together as the worst of them, so that their order does
 * not matter. A status is confirmed when so many samples in a row (or of the last few) were at least as bad; it falls when
 * so many in a row were no worse than something better. The first good sample ever needs no confirmation: there is nothing
 * to recover from.
 */
export function nextState(previous: StateMemory, seen: Seen, policy: StatePolicy): StateMemory {
  const { last } = previous;
  const together = last !== null && last.seen.at === seen.at;
  const before = together ? last.before : coreOf(previous);
  return step(before, together ? merged(last.seen, seen) : seen, policy);
}

/** `hard`: what is shown is confirmed. Only of hard states anybody is called, and only on them anything is healed by itself. */
export function confirmationOf({ status, hard }: Pick<StateMemory, "status" | "hard">): "soft" | "hard" {
  return status === hard ? "hard" : "soft";
}

/** The change that was told on between two states; `null` when there was none. The first ok of all is no news. */
export function transitionOf(before: StateMemory, after: StateMemory): Transition | null {
  if (after.told === null || after.told === before.told) return null;
  if (before.told === null && after.told === "ok") return null;
  return { from: before.told ?? "unknown", to: after.told };
}

/**
 * How much a service changes its status, in percent: each change among the last 21 samples counts 0.8 when it is the oldest,
 * rising to 1.2 for the newest, against 20 possible changes (the method Nagios describes under "Detection and Handling of
 * State Flapping"). Samples that are missing count as unchanged.
 */
export function flapPercent(recent: string): number {
  let changes = 0;
  for (let at = 1; at < recent.length; at += 1) {
    const place = flapWindow - recent.length + at - 1;
    if (recent[at] !== recent[at - 1]) changes += 0.8 + (place * 0.4) / (flapWindow - 2);
  }
  return (changes * 100) / (flapWindow - 1);
}

function step(core: Core, seen: Seen, policy: StatePolicy): StateMemory {
  const next = seen.counts ? counted(core, seen, policy) : uncounted(core, seen);
  return { ...next, attempt: attemptOf(next, seen.counts, policy.confirm), last: { seen, before: core } };
}

type Shown = Core & Pick<StateMemory, "status">;

function uncounted(core: Core, { status }: Seen): Shown {
  return { ...core, recent: confirmedPart(core), unknownSince: null, status };
}

function counted(core: Core, seen: Seen, policy: StatePolicy): Shown {
  const unknownSince = seen.status === "unknown" ? (core.unknownSince ?? seen.at) : null;
  const { criticalAfterMs } = policy.unknown;
  const silentTooLong = unknownSince !== null && criticalAfterMs !== null && seen.at - unknownSince >= criticalAfterMs;
  const status = silentTooLong ? "critical" : seen.status;
  const recent = `${core.recent}${letterOf(status)}`.slice(-flapWindow);
  const hard = confirmed(core.hard, recent, policy.confirm);
  const flapping = flaps(core.flapping, recent, policy.flapping);
  // Told only of what is also shown, so that a timeline of what was told never contradicts the board.
  const told = flapping || seen.held || hard !== status ? core.told : hard;
  const hardSince = hard === core.hard ? core.hardSince : seen.at;
  return { hard, hardSince, told, recent, flapping, unknownSince, status };
}

function attemptOf({ status, hard, recent }: Shown, counts: boolean, confirm: Confirm): Attempt {
  const rising = status === hard ? status !== "ok" : rank(status) > rank(hard);
  const inRow = "after" in confirm;
  const of = rising
    ? inRow
      ? confirm.after
      : confirm.fails
    : inRow
      ? confirm.recover
      : 1 + confirm.of - confirm.fails;
  if (status === hard) return { n: of, of };
  if (!counts) return { n: 0, of };
  const speaks = (letter: string) => (rising ? levelOf(letter) > rank(hard) : levelOf(letter) < rank(hard));
  const newestFirst = [...recent].reverse();
  const against = newestFirst.findIndex((letter) => !speaks(letter));
  const row = against < 0 ? newestFirst.length : against;
  const n = inRow ? row : newestFirst.slice(0, confirm.of).filter(speaks).length;
  return { n: Math.min(n, of), of };
}

function confirmed(hard: Status | null, recent: string, confirm: Confirm): Status | null {
  if (hard === null && levelOf(recent.slice(-1)) === 0) return "ok";
  if ("after" in confirm) {
    const { after, recover } = confirm;
    const raised = recent.length < after ? -1 : lastLevels(recent, after, Math.min);
    if (raised > rank(hard)) return statuses[raised] ?? hard;
    const fallen = recent.length < recover ? Number.POSITIVE_INFINITY : lastLevels(recent, recover, Math.max);
    return fallen < rank(hard) ? (statuses[fallen] ?? hard) : hard;
  }
  const window = [...recent.slice(-confirm.of)].map(levelOf).sort((a, b) => b - a);
  const level = window[confirm.fails - 1];
  return level === undefined ? hard : (statuses[level] ?? hard);
}

/** The mildest or the worst of the last few samples. */
function lastLevels(recent: string, count: number, choose: (a: number, b: number) => number): number {
  let level = levelOf(recent.slice(-1));
  for (let back = 2; back <= count; back += 1) level = choose(level, levelOf(recent[recent.length - back] ?? ""));
  return level;
}

function flaps(before: boolean, recent: string, limits: StatePolicy["flapping"]): boolean {
  if (limits === null) return false;
  const percent = flapPercent(recent);
  return percent >= limits.high || (before && percent >= limits.low);
}

/** What was not yet confirmed is forgotten when the counting is interrupted. */
function confirmedPart({ recent, hard }: Core): string {
  let end = recent.length;
  while (end > 0 && levelOf(recent[end - 1] ?? "") !== rank(hard)) end -= 1;
  return recent.slice(0, end);
}

function merged(a: Seen, b: Seen): Seen {
  return {
    at: a.at,
    status: rank(a.status) >= rank(b.status) ? a.status : b.status,
    counts: a.counts && b.counts,
    held: a.held || b.held,
  };
}

function coreOf({ hard, hardSince, told, recent, flapping, unknownSince }: StateMemory): Core {
  return { hard, hardSince, told, recent, flapping, unknownSince };
}

const ranks: Readonly<Record<Status, number>> = { ok: 0, unknown: 1, warning: 2, critical: 3 };

function rank(status: Status | null): number {
  return status === null ? -1 : ranks[status];
}

function letterOf(status: Status): string {
  return status.slice(0, 1);
}

const letters = statuses.map(letterOf).join("");

function levelOf(letter: string): number {
  return letter === "" ? -1 : letters.indexOf(letter);
}
