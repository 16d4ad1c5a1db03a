import type { Store, Writing } from "#lib/store/open-store.ts";
import { hashSessionToken } from "#lib/store/sessions.ts";

/** What better-auth wrote, told inside the same transaction. What the listener throws undoes it. */
export type IdentityListener = (
  writing: Writing,
  table: IdentityTable,
  method: string,
  row: Readonly<Record<string, unknown>>,
) => Promise<void>;

type Query = (args: Readonly<Record<string, unknown>>) => Promise<unknown>;
type Table = Readonly<Record<string, Query>>;
/** The part of a Prisma client that better-auth's adapter asks for. */
export type IdentityClient = Readonly<Record<string, Table>> & {
  readonly $transaction: <T>(work: (inside: Readonly<Record<string, Table>>) => Promise<T>) => Promise<T>;
};

export type IdentityTable = (typeof tables)[number];
const tables = ["user", "session", "account", "verification", "twoFactor", "passkey"] as const;
const reads = ["findFirst", "findMany", "count"] as const;
const writes = ["create", "update", "updateMany", "delete", "deleteMany"] as const;

/**
 * What better-auth keeps its people and sessions with: its tables and no other, by the store's own reads and writes, so
 * that it waits for other writers as everybody does. Of a session's token only the hash reaches the database.
 */
export function identityClient(store: Store, told: IdentityListener): IdentityClient {
  const alone = Object.fromEntries(
    tables.map((name) => {
      const table: Record<string, Query> = {};
      for (const method of reads) table[method] = (args) => store.read(({ db }) => queryOf(db, name, method)(args));
      for (const method of writes)
        table[method] = (args) => store.write((writing) => writerOf(writing, told, name, method)(args));
      return [name, table];
    }),
  );
  // One object is a table's name and what the adapter calls to begin a transaction, as in Prisma's own client.
  return Object.assign(alone, {
    $transaction: <T>(work: (inside: Readonly<Record<string, Table>>) => Promise<T>) =>
      store.write((writing) => work(insideOf(writing, told))),
  }) as unknown as IdentityClient;
}

function insideOf(writing: Writing, told: IdentityListener): Record<string, Table> {
  return Object.fromEntries(
    tables.map((name) => [
      name,
      Object.fromEntries([
        ...reads.map((method) => [method, queryOf(writing.db, name, method)] as const),
        ...writes.map((method) => [method, writerOf(writing, told, name, method)] as const),
      ]),
    ]),
  );
}

function writerOf(writing: Writing, told: IdentityListener, name: IdentityTable, method: string): Query {
  const query = queryOf(writing.db, name, method);
  return async (args) => {
    const row = await query(args);
    await told(writing, name, method, (row ?? {}) as Readonly<Record<string, unknown>>);
    return row;
  };
}

function queryOf(db: Writing["db"], name: IdentityTable, method: string): Query {
  // The adapter names tables and methods by words; that they exist is what `tables`, `reads` and `writes` say.
  const table = (db as unknown as Readonly<Record<string, Table>>)[name];
  const query = table?.[method];
  if (query === undefined) throw new Error(`there is no ${method} of ${name}`);
  return name === "session" ? withHashedToken(query) : query;
}

/** Hashes each token on its way in, and gives back to the caller the token that the caller named, never a hash as one. */
function withHashedToken(query: Query): Query {
  return async (args) => {
    const named = new Map<string, string>();
    const hash = (token: string) => {
      const hashed = hashSessionToken(token);
      named.set(hashed, token);
      return hashed;
    };
    const found = await query(hashTokens(args, hash) as Readonly<Record<string, unknown>>);
    return restore(found, named);
  };
}

function hashTokens(value: unknown, hash: (token: string) => string, isToken = false): unknown {
  if (typeof value === "string") return isToken ? hash(value) : value;
  if (Array.isArray(value)) return value.map((one) => hashTokens(one, hash, isToken));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, hashTokens(inner, hash, isToken || key === "token")]),
  );
}

function restore(found: unknown, named: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(found)) return found.map((one) => restore(one, named));
  if (typeof found !== "object" || found === null || !("token" in found) || typeof found.token !== "string")
    return found;
  return { ...found, token: named.get(found.token) ?? found.token };
}
