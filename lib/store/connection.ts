import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type Database from "better-sqlite3";
import { PrismaClient } from "#lib/store/client/client.ts";

/** A prepared statement for a text of SQL; the same text gives the same one. Times are stored as epoch milliseconds. */
export type Prepare = (sql: string) => Database.Statement;

/** One client over two connections: transactions run on the one that writes, everything else on the one that reads. */
export interface Connections {
  readonly client: PrismaClient;
  readonly reading: Connection;
  /** Whose statements are part of the transaction that the client has open. */
  readonly writing: Connection;
}

export interface Connection {
  readonly database: Database.Database;
  readonly prepare: Prepare;
}

/**
 * Opens both. They are apart because the adapter runs a query that arrives during an open transaction of the same connection
 * inside that transaction; and they share a client because what one keeps in memory weighs as much as all the states of a
 * thousand services. A locked file is waited for at most `busyTimeoutMs`. Throws when the file cannot be opened.
 */
export async function connect(file: string, busyTimeoutMs: number): Promise<Connections> {
  const factory = new PrismaBetterSqlite3(
    { url: `file:${file}`, timeout: busyTimeoutMs, fileMustExist: true },
    { timestampFormat: "unixepoch-ms" },
  );
  const [reader, writer] = await Promise.all([factory.connect(), factory.connect()]);
  const both: SqlDriverAdapter = {
    provider: reader.provider,
    adapterName: reader.adapterName,
    queryRaw: (query) => reader.queryRaw(query),
    executeRaw: (query) => reader.executeRaw(query),
    executeScript: (script) => reader.executeScript(script),
    startTransaction: (isolation) => writer.startTransaction(isolation),
    dispose: async () => {
      await reader.dispose();
      await writer.dispose();
    },
  };
  const { provider, adapterName } = factory;
  const adapter: SqlDriverAdapterFactory = { provider, adapterName, connect: async () => both };
  const client = new PrismaClient({ adapter, errorFormat: "minimal" });
  await client.$connect();
  return { client, reading: connectionOf(reader), writing: connectionOf(writer) };
}

function connectionOf(adapter: SqlDriverAdapter): Connection {
  // The adapter keeps its handle to itself; the version of the package is pinned, and every test of the store writes by it.
  const { client: database } = adapter as unknown as { readonly client: Database.Database };
  const statements = new Map<string, Database.Statement>();
  return {
    database,
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      // The adapter has its connection tell whole numbers as bigint; ours are all below 2^53.
      const made = database.prepare(sql).safeIntegers(false);
      statements.set(sql, made);
      return made;
    },
  };
}
