import {
  blindSince,
  type Contact,
  type Instant,
  type Interruption,
  interruptionOf,
  nextContact,
  observedPolls,
  type Reach,
} from "#lib/core/distrust.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";

/** Whether what the poller sees can be believed. It knows contacts and clocks, no service and no store. */
export interface Sight {
  /** How a poll counts that has just ended. Says the same when it is asked again. */
  readonly trustOf: (ended: EndedPoll) => Trust;
  /** Looks at the clocks; call it often. */
  readonly look: () => void;
  readonly forget: (serviceId: string) => void;
  /** Why nothing is believed of what cannot be reached; `null` while Pitwall sees. `since` is epoch milliseconds. */
  readonly blind: () => { readonly since: number; readonly why: string } | null;
  /** Services whose last poll reached nobody. */
  readonly lost: () => string[];
  /** Whether a service was polled too few times since the start, or the last interruption, for anything to hang on it. */
  readonly observes: (serviceId: string) => boolean;
  /** Why all is only observed for now, after an interruption; `null` when nothing is held for that. */
  readonly observing: () => string | null;
}

export interface EndedPoll {
  readonly serviceId: string;
  readonly intervalMs: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly reaches: readonly Reach[];
  readonly failed: boolean;
}

export interface Trust {
  /** Put in place of what the poll brought: it says nothing of the service. */
  readonly blind: Failure | null;
  /** It counts, but nothing is told on of it yet. */
  readonly held: boolean;
}

export interface SightParts {
  readonly now: () => number;
  readonly tick: () => number;
  readonly interrupted: (interruption: Interruption, before: Instant, after: Instant) => void;
}

const freelyWeighed = 50;
const weighEveryMs = 250;

export function createSight({ now, tick, interrupted }: SightParts): Sight {
  const contacts = new Map<string, Contact>();
  /** By service, when its polls since the start or the last interruption began. */
  const observed = new Map<string, Set<number>>();
  let since: number | null = null;
  /** `null` before the first look: what a start takes is no interruption. */
  let lastLook: Instant | null = null;
  let resumedAt = Number.NEGATIVE_INFINITY;
  let why: string | null = null;
  /** Contacts that are lost; while they are fewer than could prove anything, nothing need be weighed. */
  let lostCount = 0;
  let unweighed = false;
  let weighedAt = Number.NEGATIVE_INFINITY;

  /** Weighing costs by the number of services, so with many of them not each poll is followed by it. */
  function weigh(at: number): void {
    if (!unweighed || (contacts.size > freelyWeighed && at - weighedAt < weighEveryMs)) return;
    unweighed = false;
    weighedAt = at;
    since = lostCount === 0 ? null : blindSince([...contacts.values()], since);
  }

  function keep(serviceId: string, contact: Contact | null): void {
    const lostBefore = isLost(contacts.get(serviceId));
    if (contact === null) contacts.delete(serviceId);
    else contacts.set(serviceId, contact);
    const lostNow = isLost(contact ?? undefined);
    lostCount += Number(lostNow) - Number(lostBefore);
    if (lostBefore || lostNow || since !== null) unweighed = true;
  }

  function look(): void {
    const at = { now: now(), tick: tick() };
    weigh(at.tick);
    const before = lastLook;
    lastLook = at;
    const interruption = before === null ? null : interruptionOf(before, at);
    if (before === null || interruption === null) return;
    resumedAt = at.tick;
    contacts.clear();
    lostCount = 0;
    observed.clear();
    since = null;
    why = wordsOf(interruption);
    interrupted(interruption, before, at);
  }

  function observe({ serviceId, startedAt }: EndedPoll): boolean {
    const polls = observed.get(serviceId) ?? new Set();
    observed.set(serviceId, polls);
    if (polls.size <= observedPolls) polls.add(startedAt);
    return polls.size > observedPolls;
  }

  return {
    look,
    trustOf: (ended) => {
      look();
      const { serviceId, startedAt, reaches, intervalMs } = ended;
      const lost = nextContact(null, reaches, startedAt, intervalMs)?.lostSince !== null && reaches.length > 0;
      if (startedAt < resumedAt && (ended.failed || lost)) {
        return { blind: failure("cannot-see", "the poller itself stood still while this was checked"), held: true };
      }
      keep(serviceId, nextContact(contacts.get(serviceId) ?? null, reaches, startedAt, intervalMs));
      weigh(tick());
      const held = !observe(ended) || since !== null;
      const blind =
        since !== null && lost ? failure("cannot-see", "Pitwall cannot see it: its own network is lost") : null;
      return { blind, held };
    },
    forget: (serviceId) => {
      keep(serviceId, null);
      observed.delete(serviceId);
    },
    blind: () => {
      if (since === null) return null;
      const lost = [...contacts.values()].filter(({ lostSince }) => lostSince !== null);
      const hosts = new Set(lost.flatMap((contact) => contact.hosts)).size;
      return { since: now() - (tick() - since), why: blindWords(lost.length, contacts.size, hosts) };
    },
    lost: () => [...contacts].flatMap(([id, { lostSince }]) => (lostSince === null ? [] : [id])),
    observes: (serviceId) => (observed.get(serviceId)?.size ?? 0) <= observedPolls,
    observing: () => {
      if (why !== null && [...observed.values()].every((polls) => polls.size > observedPolls) && observed.size > 0)
        why = null;
      return why;
    },
  };
}

function isLost(contact: Contact | undefined): boolean {
  return contact !== undefined && contact.lostSince !== null;
}

function blindWords(lost: number, all: number, hosts: number): string {
  const what = `${lost} of ${all} checks over the network reached nobody, on ${hosts} hosts at once`;
  return `Pitwall cannot see: ${what}, as when its own network is lost. What they watch is unknown, not down; pages and heals are held.`;
}

function wordsOf(interruption: Interruption): string {
  const held = "Pages and heals are held until each service was checked a few times more.";
  switch (interruption.kind) {
    case "stopped":
      return `The poller stood still for ${formatDuration(interruption.forMs)}: nothing was measured. ${held}`;
    case "clock": {
      const { byMs } = interruption;
      const way = byMs > 0 ? "forward" : "back";
      return `The clock jumped ${way} by ${formatDuration(Math.abs(byMs))}, or the machine slept. ${held}`;
    }
    default:
      return interruption satisfies never;
  }
}
