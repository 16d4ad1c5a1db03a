import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";

/** A real store with nothing in it, in a folder of its own, both gone when the test has ended. */
export async function emptyStore(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-store-"));
  const file = join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return store;
}
