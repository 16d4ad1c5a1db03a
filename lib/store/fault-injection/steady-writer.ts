import { writeSync } from "node:fs";
import { writeBeat } from "#lib/store/beat.ts";
import { insertPolls, type PollRow, prepareFold, storeFolds } from "#lib/store/history.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";

/**
 * A process that writes history as a poller does, as fast as it can, until it is killed: a tick of polls for all services,
 * then a line with the tick's number, and every so often polls folded into blocks. What was said on a line was committed.
 */
const file = process.argv[2] ?? "pitwall.db";
const ids = ["a", "b", "c"];
await migrateStore(file);
const store = await openStore({ file });
const settings = { name: "", group: null, dependsOn: [], intervalMs: 1_000, timeoutMs: 1_000, rules: {}, config: {} };
await store.write((w) =>
  applyServices(
    w,
    ids.map((id, position) => ({ id, kind: "http", position, ...settings })),
    0,
  ),
);
for (let tick = 1; ; tick += 1) {
  await store.write(async (w) => {
    await insertPolls(
      w,
      ids.map((id) => poll(id, tick)),
    );
    await writeBeat(w, { beatAt: tick, startedAt: 0, pid: process.pid, notices: [] });
  });
  writeSync(1, `${tick}\n`);
  for (const id of ids) {
    const fold = await store.read(async (r) => prepareFold(r, id, tick));
    if (fold !== null) await store.write((w) => storeFolds(w, [fold]));
  }
}

function poll(serviceId: string, tick: number): PollRow {
  const detail = { tick, text: `tick ${tick} of ${serviceId}`, list: [tick % 3, tick % 5] };
  return { serviceId, at: tick, status: "ok", durationMs: 1, metrics: { "tick||": tick }, detail, said: null };
}
