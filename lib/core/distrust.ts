import type { Failure } from "#lib/core/failure.ts";

/** What one call over a network came to. `failure: null`: it was answered. */
export interface Reach {
  /** Name or address, without port. */
  readonly host: string;
  readonly failure: Failure | null;
}

/** What the last poll of a service says of the network. Times are monotonic milliseconds. */
export interface Contact {
  readonly startedAt: number;
  readonly intervalMs: number;
  /** Since when nothing it asked was reached; `null` when something was. */
  readonly lostSince: number | null;
  /** Whom it could not reach. */
  readonly hosts: readonly string[];
}

/**
 * Takes a poll's calls together. It is lost when none of them reached anybody, by name, by route or by connection: an
 * answer of any kind, even a hang after the connection stood, proves the network. A refusal proves it as well where it comes
 * from this very machine. `null`: the poll asked nothing over a network, so it says nothing of it.
 */
export function nextContact(
  before: Contact | null,
  reaches: readonly Reach[],
  startedAt: number,
  intervalMs: number,
): Contact | null {
  if (reaches.length === 0) return null;
  if (!reaches.every(isLost)) return { startedAt, intervalMs, lostSince: null, hosts: [] };
  const hosts = [
    ...new Set(reaches.map(({ host, failure }) => (failure?.kind === "bastion-failed" ? "bastion" : host))),
  ];
  return { startedAt, intervalMs, lostSince: before?.lostSince ?? startedAt, hosts };
}

const lostKinds = new Set(["timeout", "aborted", "unreachable", "name-not-found", "bastion-failed"]);

function isLost({ host, failure }: Reach): boolean {
  if (failure === null || failure.connected === true) return false;
  return lostKinds.has(failure.kind) || (failure.kind === "refused" && !isLoopback(host));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Fewer than this prove nothing: two hosts may share a switch. */
const leastServices = 3;
const leastHosts = 3;

/**
 * Since when most checks fail the way a lost network does, or `null`. It begins when, of all that were asked since some
 * moment, at least 80 % reached nobody, on three hosts or more, and they are most of the services, or so many over
 * seconds that chance and order cannot explain it. It ends when fewer than half of what was asked since is lost.
 */
export function blindSince(contacts: readonly Contact[], before: number | null): number | null {
  const lost = contacts.filter(isLostContact);
  const answered = contacts.filter(({ lostSince }) => lostSince === null);
  if (before !== null) {
    const since = answered.filter(({ startedAt }) => startedAt > before).length;
    return lost.length > since && lost.length >= leastServices ? before : null;
  }
  return lost.length < leastServices ? null : earliestOnset(lost, answered, contacts.length);
}

type LostContact = Contact & { readonly lostSince: number };

function isLostContact(contact: Contact): contact is LostContact {
  return contact.lostSince !== null;
}

/** Goes back from the latest onset, taking in what was lost and what answered since, and keeps the earliest that convinces. */
function earliestOnset(lost: readonly LostContact[], answered: readonly Contact[], all: number): number | null {
  const latest = Math.max(...lost.map(({ startedAt }) => startedAt));
  const newest = Math.max(latest, ...answered.map(({ startedAt }) => startedAt));
  const horizon = newest - 2 * longestInterval(lost);
  const backwards = lost.toSorted((a, b) => b.lostSince - a.lostSince);
  const answers = answered.map(({ startedAt }) => startedAt).toSorted((a, b) => b - a);
  const hosts = new Set<string>();
  let reached = 0;
  let earliest: number | null = null;
  for (const [index, { lostSince, hosts: own }] of backwards.entries()) {
    if (lostSince < horizon) break;
    for (const host of own) hosts.add(host);
    // Those of one onset are weighed together, when the last of them was taken in.
    if (backwards[index + 1]?.lostSince === lostSince) continue;
    while ((answers[reached] ?? Number.NEGATIVE_INFINITY) >= lostSince) reached += 1;
    const fresh = index + 1;
    const convinces = fresh >= leastServices && hosts.size >= leastHosts && fresh >= 4 * reached;
    const most = fresh >= 0.6 * all;
    const lasting = fresh >= 20 && latest - lostSince >= 3_000;
    if (convinces && (most || lasting)) earliest = lostSince;
  }
  return earliest;
}

function longestInterval(contacts: readonly Contact[]): number {
  return Math.max(...contacts.map(({ intervalMs }) => intervalMs));
}

/** A moment by both clocks: `now` is what the machine calls the time, `tick` only ever counts on. Milliseconds. */
export interface Instant {
  readonly now: number;
  readonly tick: number;
}

/** The poller did not run for a while, or the clock was set under it (a sleeping machine looks like that, too). */
export type Interruption =
  | { readonly kind: "stopped"; readonly forMs: number }
  | { readonly kind: "clock"; readonly byMs: number };

const stoppedAfterMs = 6_000;
const clockJumpMs = 2_000;

/** What happened between two looks at the clocks that should be a fraction of a second apart; `null` when nothing did. */
export function interruptionOf(before: Instant, after: Instant): Interruption | null {
  const forMs = after.tick - before.tick;
  const byMs = after.now - before.now - forMs;
  if (Math.abs(byMs) > clockJumpMs) return { kind: "clock", byMs };
  return forMs > stoppedAfterMs ? { kind: "stopped", forMs } : null;
}

/** After a start or an interruption, a service's polls only observe until there were so many. */
export const observedPolls = 5;

/** Kind of the poller's notice that it cannot see. */
export const blindNotice = "sight";

/** Why Pitwall cannot see, from the poller's notices; `null` when it can. */
export function blindWordsOf(notices: readonly { readonly kind: string; readonly message: string }[]): string | null {
  return notices.find(({ kind }) => kind === blindNotice)?.message ?? null;
}
