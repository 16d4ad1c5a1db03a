import { existsSync } from "node:fs";
import { until } from "#e2e/drill/lab-poller.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { storeFile } from "#lib/store/store-file.ts";
import { boardView } from "#lib/views/board-view.ts";

export type OpenedStore = Store;

/** The store of a poller that was just started in a process of its own, as soon as its board can be read. */
export async function openWhenMade(dataFolder: string): Promise<OpenedStore> {
  const file = storeFile(dataFolder);
  return await until("the store was made", 60_000, async () => {
    if (!existsSync(file)) return null;
    const store = await openStore({ file }).catch(() => null);
    if (store === null) return null;
    const seen = await boardView(store, wholeSight, Date.now()).catch(() => null);
    if (seen !== null && seen.services.length > 0) return store;
    await store.close();
    return null;
  });
}
