import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { migrateStore, schemaDrift } from "#lib/store/migrate.ts";

/**
 * `pitwall migration NAME`: writes the migration that leads from the newest one to what `prisma/schema.prisma` says now. The
 * difference is taken from a throw-away store, so no data is touched.
 */
export async function migration({ say, complain }: Surroundings, name: string): Promise<number> {
  if (!/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
    complain(`migration: ${JSON.stringify(name)} is no name; use small letters, digits and _: add_owner`);
    return 1;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-migration-"));
  try {
    const file = path.join(folder, "pitwall.db");
    await migrateStore(file);
    const sql = await schemaDrift(file);
    if (sql === "") {
      say("schema and migrations agree; there is nothing to write");
      return 0;
    }
    const stamp = new Date().toISOString().replace(/[-:T]/g, "").slice(0, 14);
    const target = path.join("prisma/migrations", `${stamp}_${name}`, "migration.sql");
    mkdirSync(path.dirname(path.join(root, target)), { recursive: true });
    writeFileSync(path.join(root, target), sql);
    say(`${target}: read it before you commit it`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
