import { benchStore, foldAll, keepPolls, rollUpAll, sizeOf } from "#e2e/bench/bench-store.ts";
import { startBusyHaproxy } from "#e2e/bench/busy-haproxy.ts";
import { type Figure, figure } from "#e2e/bench/figure.ts";
import { realPolls } from "#e2e/bench/real-polls.ts";
import { startTarget } from "#e2e/bench/target.ts";
import { deleteBlocks, oldestPolls } from "#lib/store/blocks.ts";

const hour = 3_600_000;
const start = Math.floor(Date.UTC(2026, 10, 1) / (24 * hour)) * 24 * hour;

/** What a poll takes on the disk, everything included: rows not folded yet, blocks, plans, indexes. */
export async function figures(): Promise<Figure[]> {
  return [...(await httpFigures()), await haproxyFigure()];
}

async function httpFigures(): Promise<Figure[]> {
  await using target = await startTarget();
  const everyMs = 20_000;
  // The disk is used by pages of 4 kB: of one day, a page more or less would be a tenth of what is told.
  const spanMs = 72 * hour;
  const each = spanMs / everyMs;
  const services = target.urls(4, "shop").map((url, i) => ({ id: `shop-${i}`, kind: "http", url, interval: "20s" }));
  const asked = await Promise.all(services.map((service) => realPolls(service, start + 7_000, everyMs)));
  const rows = asked.map(({ row }, position) => ({ ...row, position }));
  await using store = await benchStore(rows);
  const empty = await sizeOf(store);
  const perCheck = async () => ((await sizeOf(store)) - empty) / (each * services.length);
  for (const one of asked) {
    const polls = [];
    for (let i = 0; i < each; i += 1) polls.push(await one.next());
    await keepPolls(store, polls);
    await one[Symbol.asyncDispose]();
  }
  const plain = await perCheck();
  for (const { id } of rows) await foldAll(store, id, start + spanMs);
  const raw = await perCheck();
  for (const row of rows) await rollUpAll(store, row, { from: start, to: start + spanMs });
  await store.write(async (w) => {
    await deleteBlocks(w, oldestPolls(w, 10_000));
    await w.db.snapshot.deleteMany();
  });
  const rolled = await perCheck();
  const yardstick = { name: "the same polls as rows of JSON", value: plain, unit: "bytes" };
  return [
    figure({ name: "disk per HTTP check, raw", value: raw, unit: "bytes", aim: 40, yardstick }),
    figure({ name: "disk per HTTP check, rolled up", value: rolled, unit: "bytes", aim: 2, yardstick }),
  ];
}

async function haproxyFigure(): Promise<Figure> {
  await using haproxy = await startBusyHaproxy(40);
  const everyMs = 10_000;
  const count = 576;
  const service = {
    id: "lb",
    kind: "haproxy",
    interval: "10s",
    processes: [{ name: "lb-1", socket: haproxy.socket, from: "local" }],
  };
  await using asked = await realPolls(service, start + 7_000, everyMs);
  await using store = await benchStore([asked.row]);
  const empty = await sizeOf(store);
  const polls = [];
  for (let i = 0; i < count; i += 1) {
    await haproxy.serve(400 + Math.floor(Math.random() * 200));
    polls.push(await asked.next());
  }
  await keepPolls(store, polls);
  const rows = ((await sizeOf(store)) - empty) / count;
  await foldAll(store, "lb", start + 24 * hour);
  const raw = ((await sizeOf(store)) - empty) / count;
  const yardstick = { name: "the same snapshots as rows of JSON", value: rows, unit: "bytes" };
  return figure({ name: "disk per HAProxy snapshot of 40 servers", value: raw, unit: "bytes", aim: 400, yardstick });
}
