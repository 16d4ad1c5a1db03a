import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { staleAfterMs } from "#lib/core/freshness.ts";
import { insertPolls, type PollRow, prepareFold, storeFolds } from "#lib/store/history.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { prepareRollUp, rolledAtOnceMs, storeRollUp } from "#lib/store/roll-ups.ts";
import { applyServices, type ServiceRow } from "#lib/store/services.ts";
import { usedBytes } from "#lib/store/store-size.ts";

/** A store in a folder of its own, which goes with it, opened as the web does when `readsPast`. */
export async function benchStore(
  services: readonly ServiceRow[],
  { readsPast = false }: { readonly readsPast?: boolean } = {},
): Promise<Store & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-bench-"));
  const file = path.join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file, readsPast });
  await store.write((w) => applyServices(w, services, 0));
  return {
    ...store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function keepPolls(store: Store, polls: readonly PollRow[]): Promise<void> {
  for (let from = 0; from < polls.length; from += 500) {
    await store.write((w) => insertPolls(w, polls.slice(from, from + 500)));
  }
}

/** Folds all polls that are due, as the poller does between its polls. */
export async function foldAll(store: Store, serviceId: string, now: number): Promise<void> {
  for (;;) {
    const fold = await store.read(async (r) => prepareFold(r, serviceId, now));
    if (fold === null) return;
    await store.write((w) => storeFolds(w, [fold]));
  }
}

export async function rollUpAll(
  store: Store,
  { id, intervalMs }: Pick<ServiceRow, "id" | "intervalMs">,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let at = Math.floor(from / rolledAtOnceMs) * rolledAtOnceMs; at < to; at += rolledAtOnceMs) {
    const span = { from: Math.max(at, from), to: Math.min(at + rolledAtOnceMs, to), holdMs: staleAfterMs(intervalMs) };
    const rolled = await store.read(async (r) => prepareRollUp(r, id, span));
    if (rolled !== null) await store.write((w) => storeRollUp(w, rolled));
  }
}

/** Gives every other service of the store the history of that one, packed or not, under its own name. */
export async function copyHistory(store: Store, serviceId: string): Promise<void> {
  const copied = {
    HistoryBlock: ["tier", "fromAt", "toAt", "documents", "planId", "body"],
    Snapshot: ["at", "status", "durationMs", "metrics", "detail", "said"],
  };
  await store.write(async ({ prepare }) => {
    for (const [table, columns] of Object.entries(copied)) {
      const names = columns.map((name) => `"${name}"`).join(",");
      prepare(
        `INSERT INTO "${table}" ("serviceId",${names}) SELECT s."id",${names}
         FROM "Service" s, (SELECT ${names} FROM "${table}" WHERE "serviceId" = ?) WHERE s."id" <> ?`,
      ).run(serviceId, serviceId);
    }
  });
}

export async function sizeOf(store: Store): Promise<number> {
  return await store.read(async (r) => usedBytes(r));
}
