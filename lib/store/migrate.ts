import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from "@prisma/driver-adapter-utils";
import type * as EngineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import { beginAuditChain } from "#lib/store/audit-begin.ts";

const prismaFolder = fileURLToPath(new URL("../../prisma/", import.meta.url));

/**
 * Brings the store's file up to the newest schema with Prisma's own engine, compiled to WebAssembly: it needs neither a
 * download nor a child process. Makes the file when there is none; a few milliseconds when nothing is to do. Throws when
 * a migration fails or when an applied one was edited.
 */
export async function migrateStore(file: string): Promise<readonly string[]> {
  const migrationsList = await readMigrations();
  const upToDate = await isUpToDate(file, migrationsList);
  const applied = upToDate
    ? []
    : await withEngine(file, async (engine) => {
        return (await engine.applyMigrations({ migrationsList, filters: noFilters })).appliedMigrationNames;
      });
  beginAuditChain(file, Date.now());
  return applied;
}

/**
 * The SQL that would bring the file's real tables to what `schema.prisma` says; empty when they agree. This is the drift
 * check, and the way a new migration is written: migrate a throw-away file, then ask for the difference.
 */
export async function schemaDrift(file: string): Promise<string> {
  return await withEngine(file, async (engine) => {
    const schema = { files: [await readSchema()], configDir: prismaFolder };
    const { exitCode, stdout } = await engine.diff({
      from: { tag: "schemaDatasource", ...schema },
      to: { tag: "schemaDatamodel", ...schema },
      script: true,
      exitCode: true,
      filters: noFilters,
    });
    return exitCode === 0 ? "" : (stdout ?? "unknown difference");
  });
}

/**
 * Whether the file has all migrations, none of them edited since. Asked before the engine is, because that wants the file
 * for itself: a process that restarts while the other one works on the store would be locked out.
 */
async function isUpToDate(file: string, { migrationDirectories }: EngineModule.MigrationList): Promise<boolean> {
  if (!existsSync(file)) return false;
  const connection = await new PrismaBetterSqlite3({ url: `file:${file}`, timeout: 5_000 }).connect();
  try {
    const ask = async (sql: string) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
    if ((await ask("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'")).length === 0) return false;
    const rows = await ask("SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations");
    const applied = new Map(rows.map(([name, checksum, finished, back]) => [name, { checksum, finished, back }]));
    return migrationDirectories.every(({ path, migrationFile }) => {
      const row = applied.get(path);
      if (row === undefined || row.finished === null || row.back !== null || migrationFile.content.tag !== "ok")
        return false;
      return row.checksum === createHash("sha256").update(migrationFile.content.value).digest("hex");
    });
  } finally {
    await connection.dispose();
  }
}

const noFilters = { externalTables: [], externalEnums: [] };

/** The engine locks the file for itself and never closes its connections, so they are noted here and closed after. */
async function withEngine<T>(file: string, work: (engine: EngineModule.SchemaEngine) => Promise<T>): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const { path, content } = await readSchema();
  const factory = new PrismaBetterSqlite3({ url: `file:${file}`, timeout: 5_000 });
  const opened: SqlDriverAdapter[] = [];
  const note = (connection: SqlDriverAdapter) => {
    opened.push(connection);
    return connection;
  };
  const bound = bindMigrationAwareSqlAdapterFactory({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => note(await factory.connect()),
    connectToShadowDb: async () => note(await factory.connectToShadowDb()),
  });
  const engine = await SchemaEngine.new({ datamodels: [[path, content]] }, () => {}, bound);
  try {
    return await work(engine);
  } finally {
    engine.free();
    for (const connection of opened) await connection.dispose();
  }
}

let loading: Promise<typeof EngineModule> | undefined;

/** The package's own entry imports its `.wasm` as a module, which Node does not do by itself; so the parts are tied by hand, once. */
function loadEngine(): Promise<typeof EngineModule> {
  loading ??= (async () => {
    const bindings = await import("@prisma/schema-engine-wasm/schema_engine_bg");
    const bytes = await readFile(
      new URL("./schema_engine_bg.wasm", import.meta.resolve("@prisma/schema-engine-wasm/schema_engine_bg")),
    );
    const imports = { "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports };
    const { instance } = await WebAssembly.instantiate(bytes, imports);
    const glue = bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void };
    glue.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
    return bindings;
  })();
  return loading;
}

async function readSchema() {
  const path = join(prismaFolder, "schema.prisma");
  return { path, content: await readFile(path, "utf8") };
}

async function readMigrations(): Promise<EngineModule.MigrationList> {
  const baseDir = join(prismaFolder, "migrations");
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lock = await readFile(join(baseDir, "migration_lock.toml"), "utf8");
  return {
    baseDir,
    lockfile: { path: "./migration_lock.toml", content: lock },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.sort().map(async (name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: { tag: "ok", value: await readFile(join(baseDir, name, "migration.sql"), "utf8") } as const,
        },
      })),
    ),
  };
}
