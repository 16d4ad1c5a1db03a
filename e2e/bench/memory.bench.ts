import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Figure, figure } from "#e2e/bench/figure.ts";
import { configOf, startFleet } from "#e2e/bench/fleet.ts";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";
import { startTarget } from "#e2e/bench/target.ts";

const services = 1_000;
const intervalMs = 5_000;
const measureMs = 40_000;
const megabyte = 1_000_000;

/** The poller's memory with 1,000 services, over a minute and a half, and while two more answer with 1.5 GB and without end. */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const urls = target.urls(services, "polled");
  await using fleet = await startFleet(
    urls.map((url) => ({ url })),
    intervalMs,
  );
  await using loop = startChild("e2e/bench/bare-get.ts", [String(intervalMs), ...target.urls(services, "bare")]);
  await target.untilAllAsked("/polled/", services, 60_000);
  const [early, bareEarly] = await Promise.all([most(fleet.poller), most(loop)]);
  const [late, bareLate] = await Promise.all([most(fleet.poller), most(loop)]);
  const alsoWatch = async (...kinds: readonly string[]) => {
    const watched = [...urls, ...kinds.flatMap((kind) => target.urls(1, kind))].map((url) => ({ url }));
    writeFileSync(fleet.configFile, configOf(watched, intervalMs));
    for (const kind of kinds) await target.untilAllAsked(`/${kind}/`, 1, 60_000);
    return await Promise.all([most(fleet.poller), most(loop)]);
  };
  // Two that answer as they should come first: a changed configuration of so many services takes memory of its own.
  const [calm, bareCalm] = await alsoWatch("calm", "calmer");
  const [flooded, bareThen] = await alsoWatch("endless", "huge");
  const bare = (bytes: number) => ({ name: "bare http.get loop", value: bytes / megabyte, unit: "MB" });
  return [
    figure({
      name: "poller memory, 1,000 services every 5 s",
      value: Math.max(early, late) / megabyte,
      unit: "MB",
      aim: 200,
      yardstick: bare(Math.max(bareEarly, bareLate)),
    }),
    figure({
      name: "poller memory that is added in 40 s",
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

/** The most it held at any time of the window. */
async function most(child: MeteredChild): Promise<number> {
  const endAt = performance.now() + measureMs;
  let bytes = 0;
  while (performance.now() < endAt) {
    bytes = Math.max(bytes, child.residentBytes());
    await pause(200);
  }
  return bytes;
}
