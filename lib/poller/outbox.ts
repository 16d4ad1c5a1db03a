import type { Logger } from "pino";
import type { Judged } from "#lib/poller/judge-poll.ts";
import type { Notices } from "#lib/poller/notices.ts";
import type { ReserveFile } from "#lib/poller/reserve-file.ts";
import { type Beat, writeBeat } from "#lib/store/beat.ts";
import { deleteBlocks, oldestPolls } from "#lib/store/blocks.ts";
import { insertEvents, type NewEvent } from "#lib/store/events.ts";
import { deletePolls, insertPolls, type PollRow, servicesWithHistory } from "#lib/store/history.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import { type StateRow, writeStates } from "#lib/store/states.ts";
import { type StoreTrouble, storeTroubleOf } from "#lib/store/store-trouble.ts";

/** Collects what polls changed and writes it in batches. Trouble of the store stops history, never the polling. */
export interface Outbox {
  readonly add: (judged: Judged) => void;
  readonly addState: (state: StateRow) => void;
  readonly addEvent: (event: NewEvent) => void;
  /** Drops what waits for a service that left. */
  readonly forget: (serviceId: string) => void;
  /**
   * Whether what waits should be written before the next sign of life: something happened, or it is a lot. That all is as
   * before can wait a second: a transaction for every few polls would cost more than the polls.
   */
  readonly urgent: () => boolean;
  /** Somebody waits for what was polled: the next flush writes all of it, though nothing happened. */
  readonly press: () => void;
  /**
   * Writes what waits in one transaction: all of it with a sign of life or when somebody waits for it, else only what the
   * news is about, for that is on the board in a tenth of the time. What could not be written waits on.
   */
  readonly flush: (beat: Beat | null) => Promise<void>;
  readonly keepsHistory: () => boolean;
  /** Whether all that was handed over is being stored: without that nobody may be called, because nothing is remembered of it. */
  readonly trusted: () => boolean;
}

export interface OutboxParts {
  readonly store: Store;
  readonly reserve: ReserveFile;
  readonly notices: Notices;
  readonly log: Logger;
  readonly now: () => number;
  /** Hears when there is something urgent, once until it is written. */
  readonly wake: () => void;
}

/** While the store is in trouble, at most this much waits in memory; the oldest goes first. */
const maxPolls = 5_000;
const maxEvents = 5_000;
const manyPolls = 500;
/** How often a full disk is tried again. */
const retryHistoryMs = 10_000;

export function createOutbox({ store, reserve, notices, log, now, wake }: OutboxParts): Outbox {
  const states = new Map<string, StateRow>();
  let polls: PollRow[] = [];
  let events: NewEvent[] = [];
  let fullSince: number | null = null;
  let triedAt = 0;
  /** Whom the news is about. */
  const newsOf = new Set<string>();
  let news = false;
  let wanted = false;
  let troubled: StoreTrouble["kind"] | null = null;

  function tellNews(serviceId: string | null): void {
    if (serviceId !== null) newsOf.add(serviceId);
    if (news) return;
    news = true;
    wake();
  }

  async function flush(beat: Beat | null): Promise<void> {
    const withHistory = fullSince === null || (now() - triedAt >= retryHistoryMs && (await roomAgain()));
    const all = beat !== null || wanted || fullSince !== null || polls.length >= manyPolls;
    const batch = all ? takeBatch(withHistory) : takeNews();
    try {
      await store.write((writing) => writeBatch(writing, batch, beat));
      recovered(withHistory);
    } catch (error) {
      const trouble = storeTroubleOf(error);
      if (trouble === null) throw error;
      putBack(batch);
      if (trouble.kind === "full") await full(beat);
      else suffers(trouble);
    }
  }

  function takeBatch(withHistory: boolean): Batch {
    const batch = { states: [...states.values()], polls: withHistory ? polls : [], events };
    states.clear();
    polls = [];
    wanted = false;
    newsIsTaken();
    return batch;
  }

  function takeNews(): Batch {
    const isNews = ({ serviceId }: { readonly serviceId: string }) => newsOf.has(serviceId);
    const batch = { states: [...states.values()].filter(isNews), polls: polls.filter(isNews), events };
    for (const id of newsOf) states.delete(id);
    polls = polls.filter((poll) => !isNews(poll));
    newsIsTaken();
    return batch;
  }

  function newsIsTaken(): void {
    events = [];
    newsOf.clear();
    news = false;
  }

  /** What came meanwhile is newer and stays. */
  function putBack(batch: Batch): void {
    for (const state of batch.states) if (!states.has(state.serviceId)) states.set(state.serviceId, state);
    polls = [...batch.polls, ...polls].slice(-maxPolls);
    events = [...batch.events, ...events].slice(-maxEvents);
  }

  async function roomAgain(): Promise<boolean> {
    triedAt = now();
    return await reserve.hold();
  }

  function recovered(withHistory: boolean): void {
    if (troubled !== null) log.info({ after: troubled }, "the store works again");
    troubled = null;
    notices.clear("store");
    if (fullSince === null || !withHistory) return;
    log.info({ since: fullSince }, "history is kept again");
    fullSince = null;
    notices.clear("history");
  }

  /** History gives way first; then the reserve; then the oldest history, so that the present can still be told. */
  async function full(beat: Beat | null): Promise<void> {
    if (fullSince === null) {
      fullSince = now();
      log.error("the disk is full: polling goes on, history is not kept");
    }
    triedAt = now();
    const at = new Date(fullSince).toISOString().slice(11, 19);
    notices.set("history", `history is not being kept: disk full at ${at} UTC; pages and heals are held`, fullSince);
    polls = [];
    await reserve.release();
    const told = beat === null ? null : { ...beat, notices: notices.list() };
    for (const makeRoom of [async () => undefined, () => store.write(deleteOldest)]) {
      const batch = takeBatch(false);
      try {
        await makeRoom();
        await store.write((writing) => writeBatch(writing, batch, told));
        return recovered(false);
      } catch (error) {
        const trouble = storeTroubleOf(error);
        if (trouble === null) throw error;
        putBack(batch);
        suffers(trouble);
      }
    }
    await lastWords(beat);
  }

  /** Nothing else fits: at least the sign of life, with why it is the only one. It overwrites a row and needs no new room. */
  async function lastWords(beat: Beat | null): Promise<void> {
    if (beat === null) return;
    try {
      await store.write((writing) => writeBeat(writing, { ...beat, notices: notices.list() }));
    } catch (error) {
      // Told already; readers will see the poller fall silent, which is true of what they can see.
      if (storeTroubleOf(error) === null) throw error;
    }
  }

  function suffers(trouble: StoreTrouble): void {
    if (troubled !== trouble.kind) log.error({ trouble: trouble.kind }, `cannot write: ${trouble.what}`);
    troubled = trouble.kind;
    notices.set(
      "store",
      `Pitwall cannot remember what it sees: ${trouble.what}. What is shown may be old; pages and heals are held`,
      now(),
    );
  }

  return {
    flush,
    add: ({ state, poll, events: told }) => {
      states.set(state.serviceId, state);
      if (fullSince === null || now() - triedAt >= retryHistoryMs) polls.push(poll);
      if (polls.length > maxPolls) polls.shift();
      events.push(...told);
      if (told.length > 0) tellNews(state.serviceId);
    },
    addState: (state) => {
      states.set(state.serviceId, state);
      tellNews(state.serviceId);
    },
    addEvent: (event) => {
      events.push(event);
      tellNews(event.serviceId ?? null);
    },
    forget: (serviceId) => {
      states.delete(serviceId);
      polls = polls.filter((poll) => poll.serviceId !== serviceId);
    },
    press: () => {
      wanted = true;
      wake();
    },
    urgent: () => news || wanted || polls.length >= manyPolls,
    keepsHistory: () => fullSince === null,
    trusted: () => fullSince === null && troubled === null,
  };
}

interface Batch {
  readonly states: readonly StateRow[];
  readonly polls: readonly PollRow[];
  readonly events: readonly NewEvent[];
}

async function writeBatch(writing: Writing, batch: Batch, beat: Beat | null): Promise<void> {
  await writeStates(writing, batch.states);
  await insertEvents(writing, batch.events);
  await insertPolls(writing, batch.polls);
  if (beat !== null) await writeBeat(writing, beat);
}

/** What is packed takes less room per poll, so rows that are not packed yet go along. */
async function deleteOldest(writing: Writing): Promise<void> {
  await deleteBlocks(writing, oldestPolls(writing, 100));
  for (const id of servicesWithHistory(writing).keys()) {
    await deletePolls(writing, id, Number.MAX_SAFE_INTEGER, 50);
  }
}
