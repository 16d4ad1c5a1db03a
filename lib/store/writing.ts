import type Database from "better-sqlite3";
import type { Prisma } from "#lib/store/client/client.ts";
import type { Prepare } from "#lib/store/connection.ts";
import type { Kept } from "#lib/store/kept.ts";
import type { Plans } from "#lib/store/plans.ts";
import type { Unreadable } from "#lib/store/unreadable.ts";

/** What history is read with, which is read by the thousand rows: no query engine in between, and nothing to wait for. */
export interface History {
  /**
   * A connection of its own that can only read; it sees what is committed, not what an open transaction writes. It prepares
   * each statement once.
   */
  readonly past: Database.Database;
  readonly plans: Plans;
  readonly unreadable: Unreadable;
}

/** What a function of an aggregate reads with. */
export interface Reading extends History {
  readonly db: Prisma.TransactionClient;
  /** For rows that come by the hundred or are asked for all the time: inside the same transaction, without a query engine in between. */
  readonly prepare: Prepare;
  /** What this process read last of the board's rows; absent inside a transaction that writes, which may be undone. */
  readonly kept?: Kept;
}

/** What it writes with: an open transaction that already holds the store's change number. */
export interface Writing extends Reading {
  /** Rises with each write transaction; rows written in it carry it. */
  readonly seq: number;
  /** Takes secrets that this process knows out of what is recorded. */
  readonly redact: (text: string) => string;
}

/** See `Store.write`. */
export type Write = <T>(work: (writing: Writing) => Promise<T>) => Promise<T>;
