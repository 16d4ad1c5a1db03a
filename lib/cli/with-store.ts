import { existsSync } from "node:fs";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";

/** Runs a command on this installation's store, which may be in use meanwhile. Without one it complains; the result is 1. */
export async function withStore(
  { env, cwd, complain }: Surroundings,
  work: (store: Store) => Promise<number>,
): Promise<number> {
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) {
    for (const line of parsed.error) complain(line);
    return 1;
  }
  const { storeFile } = parsed.value;
  if (!existsSync(storeFile)) {
    complain(`there is no store ${storeFile} yet; it is made at the first start`);
    return 1;
  }
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
