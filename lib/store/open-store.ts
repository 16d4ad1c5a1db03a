import { setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Result } from "#lib/core/result.ts";
import { type Acted, act, type Refused, refuse } from "#lib/store/act.ts";
import type { Deed } from "#lib/store/audit.ts";
import { type Connection, type Connections, connect, ours } from "#lib/store/connection.ts";
import { Kept } from "#lib/store/kept.ts";
import { Plans } from "#lib/store/plans.ts";
import { createRefusalLog } from "#lib/store/refusal-log.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import { Unreadable } from "#lib/store/unreadable.ts";
import type { History, Reading, Write, Writing } from "#lib/store/writing.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export type { History, Reading, Writing } from "#lib/store/writing.ts";

/** The store both processes talk through. The functions of the aggregates beside this file work inside `read` and `write`. */
export interface Store {
  readonly file: string;
  readonly history: History;
  /** One consistent cut: everything read inside sees the same instant. */
  readonly read: <T>(work: (reading: Reading) => Promise<T>) => Promise<T>;
  /**
   * All or nothing, for what nobody did: polls, states, what the poller keeps. Waits for other writers without blocking the
   * process; throws what `storeTroubleOf` understands. What somebody does goes through `act`.
   */
  readonly write: Write;
  /**
   * Does what somebody asked for and audits it in one transaction: when the audit row cannot be written, nothing was done.
   * What `work` refuses leaves nothing behind but a refused row in the audit log. Throws like `write`.
   */
  readonly act: <T>(deed: Deed, work: (writing: Writing) => Promise<Acted<T> | Refused>) => Promise<Result<T, Refusal>>;
  /** Audits what was refused before a transaction was opened for it, and returns the refusal. Throws like `write`. */
  readonly refuse: (deed: Deed, refusal: Refusal) => Promise<Refused>;
  /** Another number than at the last asking when any process has committed something since. Costs microseconds. */
  readonly version: () => number;
  /** Another value than at the last asking when an event was told, a run moved on, somebody did something or was polled for. As cheap. */
  readonly happened: () => string;
  readonly close: () => Promise<void>;
}

export interface StoreOptions {
  /** Path of a file that `migrateStore` has prepared. */
  readonly file: string;
  /** Bound of the database in pages of 4 KiB, for installations that must not grow beyond it; without one, the disk decides. */
  readonly maxPages?: number;
  /** Whether boards of the past are asked for here: then what leads to the blocks of history is kept in memory, up to 16 MB. */
  readonly readsPast?: boolean;
  /** Takes secrets that this process knows out of the audit log. */
  readonly redact?: (text: string) => string;
}

/** The store as a command has it: what somebody does is audited, or not done. */
export type ActingStore = Pick<Store, "read" | "act" | "refuse">;

const busyTimeoutMs = 50;
const writePatienceMs = 8_000;
const transactionBounds = { maxWait: 10_000, timeout: 20_000, isolationLevel: ours };

/** Opens the store. Throws when the file is not there or cannot be opened. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const setUp = { reading: setUpReading, writing: setUpWriting(options.maxPages) };
  const connections = await connect({ file: options.file, busyTimeoutMs, setUp });
  const { client: db, reading } = connections;
  const past = preparedOnce(new Database(options.file, { readonly: true, fileMustExist: true, timeout: 5_000 }));
  past.exec(cacheOf(options.readsPast === true ? 16 : 4));
  const history: History = { past, plans: new Plans(), unreadable: new Unreadable() };
  const kept = new Kept();
  const redact = options.redact ?? ((text: string) => text);
  const cut = inTurn(reading);
  const write: Write = (work) => writePatiently(connections, { ...history, redact }, work);
  const refusals = createRefusalLog(write, Date.now);
  const version = past.prepare("PRAGMA data_version").pluck();
  const happened = past
    .prepare(
      `SELECT concat_ws(':', (SELECT max("id") FROM "Event"), (SELECT max("seq") FROM "Run"), (SELECT "headSeq" FROM "AuditChain"),
       (SELECT "finishedAt" FROM "PollRequest" ORDER BY "requestedAt" DESC LIMIT 1))`,
    )
    .pluck();
  return {
    file: options.file,
    history,
    read: (work) => cut(() => work({ db, prepare: reading.prepare, ...history, kept })),
    write,
    act: (deed, work) => act(write, refusals, deed, work),
    refuse: (deed, refusal) => refuse(refusals, deed, refusal),
    version: () => version.get() as number,
    happened: () => String(happened.get()),
    close: async () => {
      await refusals.stop();
      past.close();
      await db.$disconnect();
    },
  };
}

/** The same text gives the same statement: parsing one costs more than most answers. */
function preparedOnce(database: Database.Database): Database.Database {
  const prepare = database.prepare.bind(database);
  const statements = new Map<string, Database.Statement>();
  database.prepare = ((sql: string) => {
    const known = statements.get(sql) ?? prepare(sql);
    statements.set(sql, known);
    return known;
  }) as typeof database.prepare;
  return database;
}

/** Pages kept by a connection, in megabytes: by default it would be 16 for each, for what the system's own cache holds as well. */
function cacheOf(megabytes: number): string {
  return `PRAGMA cache_size = ${-1_000 * megabytes}`;
}

function setUpReading(database: Database.Database): void {
  database.pragma("query_only = 1");
  database.exec(cacheOf(2));
}

function setUpWriting(maxPages: number | undefined): (database: Database.Database) => void {
  return (database) => {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = 1");
    database.exec(cacheOf(4));
    // The write-ahead log starts over at 2 MB, so that it fits the reserve a poller frees when the disk is full.
    database.pragma("wal_autocheckpoint = 500");
    database.pragma("journal_size_limit = 4194304");
    if (maxPages !== undefined) database.pragma(`max_page_count = ${Math.floor(maxPages)}`);
  };
}

/**
 * Runs what reads alone: all of it sees the same instant. One at a time, in the order of asking. A bare transaction, for
 * the client's own costs as much as everything the board asks inside it.
 */
function inTurn(connection: Connection): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(async () => {
      connection.prepare("BEGIN").run();
      try {
        return await work();
      } finally {
        // SQLite itself ends the transaction of a query that failed badly.
        if (connection.database.inTransaction) connection.prepare("COMMIT").run();
      }
    });
    last = turn.catch(() => undefined);
    return turn;
  };
}

/**
 * Another process may hold the write lock. SQLite's own waiting blocks the whole process, so it is kept short and
 * repeated from here. Only taking the change number, the first statement, can meet the lock: `work` never runs twice.
 */
async function writePatiently<T>(
  { client, writing: { prepare } }: Connections,
  beside: History & Pick<Writing, "redact">,
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + writePatienceMs;
  for (;;) {
    let begun = false;
    try {
      return await client.$transaction(async (db) => {
        const seq = takeSeq(prepare);
        begun = true;
        return await work({ db, ...beside, prepare, seq });
      }, transactionBounds);
    } catch (error) {
      if (begun || storeTroubleOf(error)?.kind !== "busy" || performance.now() > giveUpAt) throw error;
      await wait(20 + Math.random() * 30);
    }
  }
}

function takeSeq(prepare: Connection["prepare"]): number {
  const row = prepare(`UPDATE "Sequence" SET "value" = "value" + 1 WHERE "id" = 1 RETURNING "value"`).get();
  return (row as { readonly value: number }).value;
}

/** The change number last given out. */
export async function lastSeq({ prepare }: Reading): Promise<number> {
  return (prepare(`SELECT "value" FROM "Sequence" WHERE "id" = 1`).get() as { readonly value: number }).value;
}
