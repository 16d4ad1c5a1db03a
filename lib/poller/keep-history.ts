import type { HistoryConfig } from "#lib/config/model.ts";
import { staleAfterMs } from "#lib/core/freshness.ts";
import type { Notices } from "#lib/poller/notices.ts";
import { createRound } from "#lib/poller/round.ts";
import { deleteBlocks, expiredBlocks, oldestPolls, type Tier } from "#lib/store/blocks.ts";
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
import { prepareRollUp, rolledAtOnceMs, rolledUntil, storeRollUp } from "#lib/store/roll-ups.ts";
import { deleteEndedSessions } from "#lib/store/sessions.ts";
import { usedBytes } from "#lib/store/store-size.ts";

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

  async function fold(services: ReadonlyMap<string, number>, now: number): Promise<void> {
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

  async function rollUp(services: ReadonlyMap<string, number>, now: number): Promise<void> {
    const until = tick() + longestWorkMs;
    for (const id of rounds.rollUp.next([...services.keys()], now, () => tick() < until)) {
      rounds.rollUp.rest(id, await rollUpOne(id, services.get(id) ?? 0, now, false));
    }
  }

  /**
   * The oldest span of polls that is not rolled up yet, when it is over; with `early`, as far as it is. Returns when there
   * may be the next one.
   */
  async function rollUpOne(serviceId: string, intervalMs: number, now: number, early: boolean): Promise<number> {
    const { history } = store;
    const over = Math.floor((now - settledMs) / 60_000) * 60_000;
    for (let since = rolledUntil(history, serviceId) ?? 0; ; ) {
      const from = firstPollAt(history, serviceId, since);
      if (from === null) return now + expireEveryMs;
      const begin = Math.floor(from / 60_000) * 60_000;
      const end = Math.floor(begin / rolledAtOnceMs) * rolledAtOnceMs + rolledAtOnceMs;
      if (over < end && !early) return end + settledMs;
      const to = Math.min(end, over);
      if (to <= begin) return now + leastRestMs;
      const span = prepareRollUp(history, serviceId, { from: begin, to, holdMs: staleAfterMs(intervalMs) });
      if (span !== null) {
        await store.write((writing) => storeRollUp(writing, span));
        return now;
      }
      // None of it can be read: what comes after it is not held up.
      since = to;
    }
  }

  /** Nothing goes before it is rolled up, unless it cannot be. */
  function rolledBefore(serviceId: string): number {
    const until = rolledUntil(store.history, serviceId) ?? 0;
    return firstPollAt(store.history, serviceId, until) === null ? Number.POSITIVE_INFINITY : until;
  }

  async function expire(ids: readonly string[], now: number): Promise<void> {
    let looked = 0;
    const turn = [...rounds.expire.next(ids, now, () => looked++ < servicesPerStep)];
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
    const rawBefore = Math.min(now - rawMs, rolledBefore(serviceId));
    const first = firstRowAt(reading, serviceId);
    const bounds: [Tier, number][] = [
      ["polls", rawBefore],
      ["minutes", now - minutesMs],
      ["hours", now - hoursMs],
    ];
    return {
      serviceId,
      blocks: bounds.flatMap(([tier, before]) => expiredBlocks(reading, serviceId, tier, before, blocksPerService)),
      rowsBefore: first !== null && first < rawBefore ? rawBefore : 0,
    };
  }

  /** The ceiling: the oldest polls of all go first, rolled up before they do. */
  async function shed(services: ReadonlyMap<string, number>, now: number): Promise<void> {
    const { maxBytes } = parts.kept();
    const used = maxBytes === null ? 0 : usedBytes(store.history);
    if (maxBytes === null || used <= maxBytes * shedTo) return;
    const oldest = oldestPolls(store.history, blocksShedAtOnce);
    if (used > maxBytes) tellShedding(maxBytes, oldest.at(-1)?.toAt ?? null, now);
    if (used <= maxBytes) return;
    for (const id of new Set(oldest.map((block) => block.serviceId))) {
      await rollUpOne(id, services.get(id) ?? 0, now, true);
    }
    const rolled = oldest.filter((block) => block.toAt < rolledBefore(block.serviceId));
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
    const { serviceId, fromAt, toAt } = first;
    const span = fromAt === toAt ? `at ${isoMinute(fromAt)}` : `from ${isoMinute(fromAt)} to ${isoMinute(toAt)}`;
    parts.notices.set(
      "history-damaged",
      `polls of ${serviceId} ${span} UTC${more} are damaged in the store and shown as a gap; check the disk`,
      now,
    );
  }

  return {
    step: async (now) => {
      if (tick() - listedAt >= listEveryMs) {
        services = servicesWithHistory(store.history);
        listedAt = tick();
      }
      await fold(services, now);
      await rollUp(services, now);
      await expire([...services.keys()], now);
      await shed(services, now);
      tellUnreadable(now);
    },
  };
}

function isoMinute(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}
