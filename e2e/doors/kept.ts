import Database from "better-sqlite3";

/** What is written while nothing was asked, or for what was refused: signs of life, and the audit log beside them. */
const itself = ["PollerBeat", "Listening", "Sequence"];

/** Everything else that a store keeps, to compare: the rows of each table. */
export function kept(storeFile: string): Readonly<Record<string, unknown>> {
  const db = new Database(storeFile, { readonly: true });
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck();
    const left = (tables.all() as string[]).filter((name) => !itself.includes(name) && !name.startsWith("Audit"));
    return Object.fromEntries(left.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]));
  } finally {
    db.close();
  }
}
