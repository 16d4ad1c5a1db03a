import type { HistoryConfig } from "#lib/config/model.ts";
import { staleAfterMs } from "#lib/core/freshness.ts";
import type { Notices } from "#lib/poller/notices.ts";
import { createRound } from "#lib/poller/round.ts";
import { deleteBlocks, expiredBlocks, oldestPolls } from "#lib/store/blocks.ts";
import { deleteEvents } from "#lib/store/events.ts";
import { deleteHeals } from "#lib/store/heals.ts";
import {
  deletePolls,
  type Fold,
  firstPollAt,
  firstRowAt,
  foldsAt,
  prepareFold,
  servicesWithHistory,
  storeFolds,
} from "#lib/store/history.ts";
import type { History, Store } from "#lib/store/open-store.ts";
import { prepareRollUp, type RolledSpan, rolledAtOnceMs, rolledUntil, storeRollUp } from "#lib/store/roll-ups.ts";
import { deleteEndedSessions } from "#lib/store/sessions.ts";
import { usedBytes } from "#lib/store/store-size.ts";
import type { Tier } from "#lib/store/tiers.ts";

/** Folds, rolls up and deletes history, a little at each step, so that no poll ever waits for it. */
export interface HistoryKeeper {
  /** One step, some milliseconds of work. */
  readonly step: (now: number) => Promise<void>;
}

export interface HistoryKeeperParts {
  readonly store: Store;
  /** As the configuration says now. */
  readonly kept: () => HistoryConfig;
  readonly notices: Notices;
  /** Monotonic milliseconds. */
  readonly tick: () => number;
}

/** Packing is work for the processor; after so long, polls get their turn. */
const longestWorkMs = 12;
const servicesPerStep = 50;
const blocksPerService = 20;
const rowsPerService = 500;
const blocksShedAtOnce = 50;
/** How often a service is looked at when it had nothing to be done. */
const leastRestMs = 1_000;
const expireEveryMs = 600_000;
/** A service that is new to the configuration has no history to tend for longer than this. */
const listEveryMs = 10_000;
const eventsPerStep = 500;
const eventsEveryMs = 60_000;
const eventsKeptMs = 400 * 86_400_000;
/** The last poll of an hour may still be on its way. */
const settledMs = 120_000;
/** Shedding stops a little below the ceiling, so that it is not told anew at each step. */
const shedTo = 0.97;

export function createHistoryKeeper(parts: HistoryKeeperParts): HistoryKeeper {
  const { store, tick } = parts;
  let eventsAt = Number.NEGATIVE_INFINITY;
  let services: ReadonlyMap<string, number> = new Map();
  let listedAt = Number.NEGATIVE_INFINITY;
  const rounds = { fold: createRound(), rollUp: createRound(), expire: createRound() };

  async function fold(now: number): Promise<void> {
    const folds: Fold[] = [];
    const until = tick() + longestWorkMs;
    for (const id of rounds.fold.next([...services.keys()], now, () => tick() < until)) {
      const at = foldsAt(store.history, id, { intervalMs: services.get(id) ?? 0, now });
      const one = at > now ? null : prepareFold(store.history, id, now);
      if (one === null) rounds.fold.rest(id, Math.max(at, now + leastRestMs));
      else folds.push(one);
    }
    if (folds.length > 0) await store.write((writing) => storeFolds(writing, folds));
  }

  async function rollUp(now: number): Promise<void> {
    const until = tick() + longestWorkMs;
    for (const id of rounds.rollUp.next([...services.keys()], now, () => tick() < until)) {
      rounds.rollUp.rest(id, await rollUpOne(id, now, false));
    }
  }

  /**
   * The oldest span of polls that is not rolled up yet, when it is over; with `early`, as far as it is. Else when there may
   * be one: `Infinity` when no poll is left of which anything can be read.
   */
  function nextSpan(serviceId: string, now: number, early: boolean): RolledSpan | number {
    const { history } = store;
    const holdMs = staleAfterMs(services.get(serviceId) ?? 0);
    const over = Math.floor((now - settledMs) / 60_000) * 60_000;
    for (let since = rolledUntil(history, serviceId) ?? 0; ; ) {
      const first = firstPollAt(history, serviceId, since);
      if (first === null) return Number.POSITIVE_INFINITY;
      const from = Math.floor(first / 60_000) * 60_000;
      const end = Math.floor(from / rolledAtOnceMs) * rolledAtOnceMs + rolledAtOnceMs;
      if (over < end && !early) return end + settledMs;
      const to = Math.min(end, over);
      if (to <= from) return now + leastRestMs;
      const span = prepareRollUp(history, serviceId, { from, to, holdMs });
      if (span !== null) return span;
      // All of it is damaged: what comes after it is not held up.
      since = to;
    }
  }

  /** Returns when there may be the next. */
  async function rollUpOne(serviceId: string, now: number, early: boolean): Promise<number> {
    const next = nextSpan(serviceId, now, early);
    if (typeof next === "number") return Number.isFinite(next) ? next : now + expireEveryMs;
    await store.write((writing) => storeRollUp(writing, next));
    return now;
  }

  /** What is still to be rolled up stays; what cannot be, because it is damaged, goes. */
  function mayGoBefore(serviceId: string, before: number, now: number): number {
    const until = rolledUntil(store.history, serviceId) ?? 0;
    return until >= before || nextSpan(serviceId, now, true) === Number.POSITIVE_INFINITY ? before : until;
  }

  async function expire(now: number): Promise<void> {
    let looked = 0;
    const turn = [...rounds.expire.next([...services.keys()], now, () => looked++ < servicesPerStep)];
    const gone = turn.map((id) => goneOf(store.history, id, now));
    for (const { serviceId, blocks, rowsBefore } of gone) {
      if (blocks.length < blocksPerService && rowsBefore === 0) rounds.expire.rest(serviceId, now + expireEveryMs);
    }
    const blocks = gone.flatMap((one) => one.blocks);
    const rows = gone.filter((one) => one.rowsBefore > 0);
    const events = tick() - eventsAt >= eventsEveryMs;
    if (blocks.length === 0 && rows.length === 0 && !events) return;
    if (events) eventsAt = tick();
    await store.write(async (writing) => {
      await deleteBlocks(writing, blocks);
      for (const { serviceId, rowsBefore } of rows) await deletePolls(writing, serviceId, rowsBefore, rowsPerService);
      if (!events) return;
      await deleteEvents(writing, now - eventsKeptMs, eventsPerStep);
      await deleteHeals(writing, now - eventsKeptMs, eventsPerStep);
      await deleteEndedSessions(writing, now);
    });
  }

  function goneOf(reading: History, serviceId: string, now: number) {
    const { rawMs, minutesMs, hoursMs } = parts.kept();
    const expired = (tier: Tier, before: number) => expiredBlocks(reading, serviceId, tier, before, blocksPerService);
    const rolled = [...expired("minutes", now - minutesMs), ...expired("hours", now - hoursMs)];
    const polls = expired("polls", now - rawMs);
    const first = firstRowAt(reading, serviceId) ?? now;
    if (polls.length === 0 && first >= now - rawMs) return { serviceId, blocks: rolled, rowsBefore: 0 };
    const before = mayGoBefore(serviceId, now - rawMs, now);
    const blocks = [...polls.filter(({ toAt }) => toAt < before), ...rolled];
    return { serviceId, blocks, rowsBefore: first < before ? before : 0 };
  }

  /** The ceiling: the oldest polls of all go first, rolled up before they do. */
  async function shed(now: number): Promise<void> {
    const { maxBytes } = parts.kept();
    const used = maxBytes === null ? 0 : usedBytes(store.history);
    if (maxBytes === null || used <= maxBytes * shedTo) return;
    const oldest = oldestPolls(store.history, blocksShedAtOnce);
    if (used > maxBytes) tellShedding(maxBytes, oldest.at(-1)?.toAt ?? null, now);
    if (used <= maxBytes) return;
    const before = new Map<string, number>();
    for (const { serviceId } of oldest) {
      if (before.has(serviceId)) continue;
      await rollUpOne(serviceId, now, true);
      before.set(serviceId, mayGoBefore(serviceId, now, now));
    }
    const rolled = oldest.filter(({ serviceId, toAt }) => toAt < (before.get(serviceId) ?? 0));
    await store.write((writing) => deleteBlocks(writing, rolled));
  }

  function tellShedding(maxBytes: number, keptSince: number | null, now: number): void {
    const at = keptSince === null ? "" : `; polls are kept since ${isoMinute(keptSince)} UTC`;
    parts.notices.set(
      "history-size",
      `the store reached maxSize ${Math.round(maxBytes / 1e6)} MB, so the oldest polls are deleted early${at}`,
      now,
    );
  }

  /** As long as it would be kept if it could be read. */
  function tellUnreadable(now: number): void {
    const stretches = store.history.unreadable.list().filter(({ toAt }) => toAt > now - parts.kept().rawMs);
    const [first] = stretches;
    if (first === undefined) {
      parts.notices.clear("history-damaged");
      return;
    }
    const more = stretches.length > 1 ? ` (and ${stretches.length - 1} more like it)` : "";
    const { serviceId, tier, fromAt, toAt } = first;
    const span = fromAt === toAt ? `at ${isoMinute(fromAt)}` : `from ${isoMinute(fromAt)} to ${isoMinute(toAt)}`;
    parts.notices.set(
      "history-damaged",
      `${damaged[tier].what} of ${serviceId} ${span} UTC${more} are damaged in the store and ${damaged[tier].so}; check the disk`,
      now,
    );
  }

  return {
    step: async (now) => {
      if (tick() - listedAt >= listEveryMs) {
        services = servicesWithHistory(store.history);
        listedAt = tick();
      }
      await fold(now);
      await rollUp(now);
      await expire(now);
      await shed(now);
      tellUnreadable(now);
    },
  };
}

const damaged: Readonly<Record<Tier, { readonly what: string; readonly so: string }>> = {
  polls: { what: "polls", so: "shown as a gap" },
  minutes: { what: "roll-ups by the minute", so: "shown as a gap" },
  hours: { what: "roll-ups by the hour", so: "made anew as far as minutes are kept" },
};

function isoMinute(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
