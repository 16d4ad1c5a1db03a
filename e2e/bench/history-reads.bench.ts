import { benchStore, copyHistory, foldAll, keepPolls, rollUpAll } from "#e2e/bench/bench-store.ts";
import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import { realPolls } from "#e2e/bench/real-polls.ts";
import { startTarget } from "#e2e/bench/target.ts";
import { wholeSight } from "#lib/access/sight.ts";
import type { PollRow } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { writeStates } from "#lib/store/states.ts";
import { statesAt } from "#lib/store/time-travel.ts";
import { RecentTrend, trendPoints } from "#lib/store/trend.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { boardView } from "#lib/views/board-view.ts";
import { seriesView } from "#lib/views/series-view.ts";

const hour = 3_600_000;
const day = 24 * hour;
const everyMs = 60_000;
const end = Math.floor(Date.UTC(2026, 10, 1) / day) * day;
const services = 1_000;
const polls = (90 * day) / everyMs;
/** Polls since the last ones were folded into a block. */
const unfolded = 40;
const last = end + unfolded * everyMs;
const times = 200;

/** How fast the past is read: 1,000 services with 90 days, the last two of them whole, and the last polls not packed yet. */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const [url] = target.urls(1, "past");
  await using asked = await realPolls({ id: "s-0", kind: "http", url, interval: "60s" }, end - 90 * day, everyMs);
  const rows = Array.from({ length: services }, (_, i) => ({ ...asked.row, id: `s-${i}`, position: i }));
  await using store = await benchStore(rows, { readsPast: true });
  const seen: PollRow[] = [];
  for (let i = 0; i < 1_000; i += 1) seen.push(await asked.next());
  await fill(store, seen);
  const state = { ...asked.state(), trend: trendOf(asked.state().trend, seen) };
  await store.write((w) =>
    writeStates(
      w,
      rows.map(({ id }) => ({ ...state, serviceId: id })),
    ),
  );
  const key = Object.keys(seen[0]?.metrics ?? {}).find((name) => name.startsWith("total_ms")) ?? "";
  const now = await timed(times, () => boardView(store, wholeSight, last));
  const board = await timed(times, () => boardAt(store, wholeSight, end - Math.random() * 30 * day));
  const whole = await timed(times, () => boardAt(store, wholeSight, end - Math.random() * 2 * day));
  const recent = await timed(times, () => boardAt(store, wholeSight, last - Math.random() * unfolded * everyMs));
  const states = await timed(times, () => store.read((r) => statesAt(r, end - Math.random() * 2 * day)));
  const series = await timed(times, () =>
    seriesView(store, wholeSight, {
      serviceId: `s-${Math.floor(Math.random() * services)}`,
      key,
      from: end - 90 * day,
      to: end,
      points: 300,
    }),
  );
  const yardstick = { name: "the board of now", value: now, unit: "ms" };
  return [
    figure({ name: "board at a random T in 30 days, p95", value: board, unit: "ms", aim: 50, yardstick }),
    figure({ name: "board at a random T in 48 h, p95", value: whole, unit: "ms", aim: 50, yardstick }),
    figure({
      name: `board at a random T in the last ${unfolded} min, p95`,
      value: recent,
      unit: "ms",
      aim: 50,
      yardstick,
    }),
    figure({ name: "states at a random T in 48 h, p95", value: states, unit: "ms", aim: 50, yardstick }),
    figure({ name: "90-day series of one metric, p95", value: series, unit: "ms", aim: 30, yardstick }),
  ];
}

/** One service is kept as the poller would keep it; the others get the same history under their own names. */
async function fill(store: Store, seen: readonly PollRow[]): Promise<void> {
  const all = Array.from({ length: polls + unfolded }, (_, i) => pollAt(seen, i));
  await keepPolls(store, all.slice(0, polls));
  await foldAll(store, "s-0", end + day);
  await keepPolls(store, all.slice(polls));
  await rollUpAll(store, { id: "s-0", intervalMs: everyMs }, { from: end - 90 * day, to: end });
  await store.write(async ({ db }) => {
    await db.historyBlock.deleteMany({ where: { tier: 0, toAt: { lt: new Date(end - 2 * day) } } });
    await db.historyBlock.deleteMany({ where: { tier: 1, toAt: { lt: new Date(end - 30 * day) } } });
  });
  await copyHistory(store, "s-0");
}

function pollAt(seen: readonly PollRow[], i: number): PollRow {
  const poll = seen[i % seen.length] as PollRow;
  const at = end - 90 * day + i * everyMs + 7_000;
  return { ...poll, serviceId: "s-0", at, said: poll.said === null ? null : { ...poll.said, detailAt: at } };
}

/** What the poller would have drawn of the last polls. */
function trendOf(asked: RecentTrend, seen: readonly PollRow[]): RecentTrend {
  const names = Object.keys(asked.outline().series);
  const trend = RecentTrend.from({ at: [], status: [], series: Object.fromEntries(names.map((name) => [name, []])) });
  for (let i = polls + unfolded - trendPoints; i < polls + unfolded; i += 1) {
    const { at, status, metrics } = pollAt(seen, i);
    trend.add(at, status, new Map(names.map((name) => [name, metrics[name] ?? null])));
  }
  return trend;
}

async function timed(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  await work();
  for (let i = 0; i < times; i += 1) {
    const begin = performance.now();
    await work();
    took.push(performance.now() - begin);
  }
  return percentile(took, 0.95);
}
