import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { copyHistory, foldAll, keepPolls, rollUpAll } from "#e2e/bench/bench-store.ts";
import { type Figure, figure } from "#e2e/bench/figure.ts";
import { configOf, serviceId, startFleet } from "#e2e/bench/fleet.ts";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";
import { realPolls } from "#e2e/bench/real-polls.ts";
import { startTarget } from "#e2e/bench/target.ts";
import { openStore } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { writeStates } from "#lib/store/states.ts";

const services = 1_000;
const intervalMs = 5_000;
const historyMs = 24 * 3_600_000;
const windowMs = 60_000;
const flatMs = 10 * 60_000;
const floodMs = 40_000;
const megabyte = 1_000_000;

/**
 * The poller's memory with 1,000 services and a day of their history, over ten minutes, and while two more answer with 1.5 GB
 * and without end.
 */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const urls = target.urls(services, "polled");
  await using fleet = await startFleet(
    urls.map((url) => ({ url })),
    intervalMs,
    (file) => fillDay(file, target.urls(1, "past")[0] as string),
  );
  await using loop = startChild("e2e/bench/bare-get.ts", [String(intervalMs), ...target.urls(services, "bare")]);
  await target.untilAllAsked("/polled/", services, 60_000);
  const both = (ms: number) => Promise.all([most(fleet.poller, ms), most(loop, ms)]);
  const [early, bareEarly] = await both(windowMs);
  const [between, bareBetween] = await both(flatMs - 2 * windowMs);
  const [late, bareLate] = await both(windowMs);
  const alsoWatch = async (...kinds: readonly string[]) => {
    const watched = [...urls, ...kinds.flatMap((kind) => target.urls(1, kind))].map((url) => ({ url }));
    writeFileSync(fleet.configFile, configOf(watched, intervalMs));
    for (const kind of kinds) await target.untilAllAsked(`/${kind}/`, 1, 60_000);
    return await both(floodMs);
  };
  // Two that answer as they should come first: a changed configuration of so many services takes memory of its own.
  const [calm, bareCalm] = await alsoWatch("calm", "calmer");
  const [flooded, bareThen] = await alsoWatch("endless", "huge");
  const bare = (bytes: number) => ({ name: "bare http.get loop", value: bytes / megabyte, unit: "MB" });
  return [
    figure({
      name: "poller memory, 1,000 services every 5 s with 24 h of history",
      value: Math.max(early, between, late) / megabyte,
      unit: "MB",
      aim: 200,
      yardstick: bare(Math.max(bareEarly, bareBetween, bareLate)),
    }),
    figure({
      name: "poller memory that is added in 10 min",
      value: (late - early) / megabyte,
      unit: "MB",
      aim: 5,
      yardstick: bare(bareLate - bareEarly),
    }),
    figure({
      name: "poller memory that an endless answer and one of 1.5 GB add",
      value: (flooded - calm) / megabyte,
      unit: "MB",
      aim: 10,
      yardstick: bare(bareThen - bareCalm),
    }),
  ];
}

/** A day of polls that really asked, of one service, and the same under the name of each other. */
async function fillDay(file: string, url: string): Promise<void> {
  const end = Date.now();
  const id = serviceId(0);
  const config = { id, kind: "http", url, interval: `${intervalMs}ms` };
  await using asked = await realPolls(config, end - historyMs, intervalMs);
  const polls = [];
  while ((polls.at(-1)?.at ?? 0) < end - 2 * intervalMs) polls.push(await asked.next());
  const rows = Array.from({ length: services }, (_, i) => ({ ...asked.row, id: serviceId(i), position: i }));
  const store = await openStore({ file });
  try {
    await store.write(async (writing) => {
      await applyServices(writing, rows, end - historyMs);
      await writeStates(
        writing,
        rows.map((row) => ({ ...asked.state(), serviceId: row.id })),
      );
    });
    await keepPolls(store, polls);
    await foldAll(store, id, end);
    await rollUpAll(store, { id, intervalMs }, { from: end - historyMs, to: end });
    await copyHistory(store, id);
  } finally {
    await store.close();
  }
}

/** The most it held at any time of the window. */
async function most(child: MeteredChild, forMs: number): Promise<number> {
  const endAt = performance.now() + forMs;
  let bytes = 0;
  while (performance.now() < endAt) {
    bytes = Math.max(bytes, child.residentBytes());
    await pause(200);
  }
  return bytes;
}
