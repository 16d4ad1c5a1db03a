import { setTimeout as pause } from "node:timers/promises";
import { periods } from "#e2e/bench/beat.ts";
import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import { startFleet } from "#e2e/bench/fleet.ts";
import { startChild } from "#e2e/bench/metered-child.ts";
import { startTarget } from "#e2e/bench/target.ts";

const intervalMs = 5_000;
const measureMs = 30_000;

/** What 100 services that never answer take from the 900 others. */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const urls = [...target.urls(900, "polled"), ...target.urls(100, "hang")];
  await using _fleet = await startFleet(
    urls.map((url) => ({ url })),
    intervalMs,
  );
  await using _loop = startChild("e2e/bench/bare-get.ts", [String(intervalMs), ...target.urls(900, "bare")]);
  await target.untilAllAsked("/polled/", 900, 60_000);
  // By then all hang that can.
  await pause(2 * intervalMs);
  await target.takeArrivals("/polled/");
  await target.takeArrivals("/bare/");
  await pause(measureMs);
  const longest = async (prefix: string) =>
    percentile(Object.values(await target.takeArrivals(prefix)).flatMap(periods), 0.99);
  return [
    figure({
      name: "period p99 of 900 services every 5 s while 100 others hang",
      value: await longest("/polled/"),
      unit: "ms",
      aim: intervalMs + 250,
      yardstick: { name: "by bare timers, nothing hangs", value: await longest("/bare/"), unit: "ms" },
    }),
  ];
}
