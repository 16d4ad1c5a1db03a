import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type Database from "better-sqlite3";
import { Prisma, PrismaClient } from "#lib/store/client/client.ts";

/** A prepared statement for a text of SQL; the same text gives the same one. Times are stored as epoch milliseconds. */
export type Prepare = (sql: string) => Database.Statement;

/** One client over two connections: `Store.write` begins its transactions on the one, everything else runs on the other. */
export interface Connections {
  readonly client: PrismaClient;
  readonly reading: Connection;
  /** Whose statements are part of the transaction that the client has open. */
  readonly writing: Connection;
}

export interface ConnectOptions {
  readonly file: string;
  /** A locked file is waited for at most so long. */
  readonly busyTimeoutMs: number;
  /** Settings of each, whenever it is opened. */
  readonly setUp: Readonly<Record<"reading" | "writing", (database: Database.Database) => void>>;
}

/** The transactions of `Store.write` carry it, and no others do. */
export const ours = Prisma.TransactionIsolationLevel.Serializable;

/** SQLite's own limit of values in a statement; the client's would be 999, and it would cut a longer list in pieces. */
const mostValues = 32_766;

/**
 * Opens both. They are apart because the adapter runs a query that arrives during an open transaction of the same connection
 * inside that transaction; and they share a client because what one keeps in memory weighs as much as all the states of a
 * thousand services. A transaction that the client would begin by itself is refused: what reads would see another instant in
 * it, and what writes would not be recorded. Throws when the file cannot be opened.
 */
export async function connect({ file, busyTimeoutMs, setUp }: ConnectOptions): Promise<Connections> {
  const factory = new PrismaBetterSqlite3(
    { url: `file:${file}`, timeout: busyTimeoutMs, fileMustExist: true },
    { timestampFormat: "unixepoch-ms" },
  );
  const { provider, adapterName } = factory;
  const [reading, writing] = [new Connection(), new Connection()];
  const adapter: SqlDriverAdapterFactory = {
    provider,
    adapterName,
    connect: async () => {
      const [reader, writer] = await Promise.all([factory.connect(), factory.connect()]);
      setUp.writing(writing.open(writer));
      setUp.reading(reading.open(reader));
      return {
        provider,
        adapterName,
        getConnectionInfo: () => ({ maxBindValues: mostValues, supportsRelationJoins: false }),
        queryRaw: (query) => reader.queryRaw(query),
        executeRaw: (query) => reader.executeRaw(query),
        executeScript: (script) => reader.executeScript(script),
        startTransaction: async (isolation) => {
          if (isolation === undefined) throw new Error("only Store.write begins a transaction");
          return await writer.startTransaction(isolation);
        },
        dispose: async () => {
          await reader.dispose();
          await writer.dispose();
        },
      };
    },
  };
  const client = new PrismaClient({ adapter, errorFormat: "minimal" });
  await client.$connect();
  return { client, reading, writing };
}

/** A database as it is open now: a client that broke opens it anew. */
export class Connection {
  #database: Database.Database | undefined;
  readonly #statements = new Map<string, Database.Statement>();

  open(adapter: SqlDriverAdapter): Database.Database {
    // The adapter keeps its handle to itself; the version of the package is pinned, and every test of the store writes by it.
    this.#database = (adapter as unknown as { readonly client: Database.Database }).client;
    this.#statements.clear();
    return this.#database;
  }

  get database(): Database.Database {
    if (this.#database === undefined) throw new Error("the connection is not open yet");
    return this.#database;
  }

  readonly prepare: Prepare = (sql) => {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    // The adapter has its connection tell whole numbers as bigint; ours are all below 2^53.
    const made = this.database.prepare(sql).safeIntegers(false);
    this.#statements.set(sql, made);
    return made;
  };
}
