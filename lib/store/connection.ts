import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type Database from "better-sqlite3";
import { PrismaClient } from "#lib/store/client/client.ts";

/** A prepared statement for a text of SQL; the same text gives the same one. Times are stored as epoch milliseconds. */
export type Prepare = (sql: string) => Database.Statement;

export interface Connection {
  readonly client: PrismaClient;
  /**
   * Runs what reads alone: all of it sees the same instant. One at a time, in the order of asking. A bare transaction, for
   * the client's own costs as much as everything the board asks inside it.
   */
  readonly cut: <T>(work: () => Promise<T>) => Promise<T>;
  /** On the very connection of `client`, and so inside the transaction it has open. Throws before its first query. */
  readonly prepare: Prepare;
}

/** Opens a connection when its client is first asked. A locked file is waited for at most `busyTimeoutMs`. */
export function connect(file: string, busyTimeoutMs: number): Connection {
  const factory = new PrismaBetterSqlite3(
    { url: `file:${file}`, timeout: busyTimeoutMs, fileMustExist: true },
    { timestampFormat: "unixepoch-ms" },
  );
  const statements = new Map<string, Database.Statement>();
  let database: Database.Database | undefined;
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const opened = await factory.connect();
      // The adapter keeps its handle to itself; the version of the package is pinned, and every test of the store writes by it.
      database = (opened as unknown as { readonly client: Database.Database }).client;
      statements.clear();
      return opened;
    },
  };
  const prepare: Prepare = (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    if (database === undefined) throw new Error("nothing was asked on this connection yet");
    // The adapter has its connection tell whole numbers as bigint; ours are all below 2^53.
    const made = database.prepare(sql).safeIntegers(false);
    statements.set(sql, made);
    return made;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    client: new PrismaClient({ adapter, errorFormat: "minimal" }),
    prepare,
    cut: (work) => {
      const turn = last.then(async () => {
        prepare("BEGIN").run();
        try {
          return await work();
        } finally {
          // SQLite itself ends the transaction of a query that failed badly.
          if (database?.inTransaction === true) prepare("COMMIT").run();
        }
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
