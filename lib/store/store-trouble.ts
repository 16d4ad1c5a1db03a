/** Why the store could not do it. It is the store's trouble, never a service's. */
export type StoreTroubleKind = "busy" | "full" | "corrupt" | "unavailable";

export interface StoreTrouble {
  readonly kind: StoreTroubleKind;
  /** One sentence part for a person. */
  readonly what: string;
}

const words: Record<StoreTroubleKind, string> = {
  busy: "the store is locked by another process",
  full: "the disk is full",
  corrupt: "the store's file is damaged",
  unavailable: "the store's file cannot be opened, read or written",
};

/** Reads what Prisma and SQLite threw. `null`: it is no trouble of the store but a bug, to be thrown on. */
export function storeTroubleOf(error: unknown): StoreTrouble | null {
  const kind = kindOf(sqliteCodeOf(error));
  return kind === null ? null : { kind, what: words[kind] };
}

/** SQLite's result codes: https://sqlite.org/rescode.html; extended codes begin with the primary one's name. */
function kindOf(code: string | null): StoreTroubleKind | null {
  if (code === null) return null;
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "busy";
  if (code.startsWith("SQLITE_FULL")) return "full";
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) return "corrupt";
  const io = ["SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_PROTOCOL", "SQLITE_NOMEM"];
  // P2028: a transaction could not begin or outlived its bound; P1008 and P2024: the database did not answer in time.
  if (io.some((name) => code.startsWith(name)) || ["P1001", "P1003", "P1008", "P2024", "P2028"].includes(code)) {
    return code === "P1008" ? "busy" : "unavailable";
  }
  return null;
}

/** The driver's own code lies below `cause` or `meta`, as deep as the layer that met it; else Prisma's code. */
function sqliteCodeOf(error: unknown, depth = 0): string | null {
  if (typeof error !== "object" || error === null || depth > 5) return null;
  const seen = error as Record<string, unknown>;
  for (const key of ["originalCode", "code"] as const) {
    const value = seen[key];
    if (typeof value === "string" && value.startsWith("SQLITE_")) return value;
  }
  for (const key of ["cause", "meta", "driverAdapterError"] as const) {
    const inner = sqliteCodeOf(seen[key], depth + 1);
    if (inner !== null) return inner;
  }
  return typeof seen.code === "string" ? seen.code : null;
}
