import { type Figure, figure } from "#e2e/bench/figure.ts";
import { serviceId, startFleet } from "#e2e/bench/fleet.ts";
import { startChild } from "#e2e/bench/metered-child.ts";
import { startTarget, type Target } from "#e2e/bench/target.ts";

const services = 1_000;
const intervalMs = 20_000;
/** The last ones of the file, on which all others depend. */
const roots = 10;
const slotMs = 1_000;

/** How soon after a start everything was checked once, in which order, and how evenly. */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const urls = target.urls(services, "polled");
  const dependsOn = Array.from({ length: roots }, (_, at) => serviceId(services - 1 - at));
  await using _fleet = await startFleet(
    urls.map((url, at) => ({ url, dependsOn: at < services - roots ? dependsOn : [] })),
    intervalMs,
  );
  const mine = await firstChecks(target, "/polled/");
  await using _loop = startChild("e2e/bench/bare-get.ts", [String(intervalMs), ...target.urls(services, "bare")]);
  const bare = await firstChecks(target, "/bare/");
  const rootRank = mine.findLastIndex(({ at }) => at >= services - roots) + 1;
  return [
    figure({
      name: "from the first check after a start to the last of 1,000, every 20 s",
      value: spanMs(mine) / 1_000,
      unit: "s",
      aim: intervalMs / 1_000,
      yardstick: { name: "by bare timers", value: spanMs(bare) / 1_000, unit: "s" },
    }),
    figure({
      name: "most checks within a second after a start (mean 50)",
      value: densest(mine),
      unit: "checks",
      aim: (2 * services * slotMs) / intervalMs,
      yardstick: { name: "by bare timers", value: densest(bare), unit: "checks" },
    }),
    figure({
      name: "the 10 services that all others depend on are among the first",
      value: rootRank,
      unit: "checks",
      aim: roots,
      yardstick: {
        name: "in the file's order",
        value: bare.findLastIndex(({ at }) => at >= services - roots) + 1,
        unit: "checks",
      },
    }),
  ];
}

interface Check {
  /** Place in the configuration. */
  readonly at: number;
  readonly time: number;
}

async function firstChecks(target: Target, prefix: string): Promise<Check[]> {
  const times = await target.untilAllAsked(prefix, services, 2 * intervalMs + 30_000);
  return Object.entries(times)
    .map(([path, [time = Number.NaN]]) => ({ at: Number(path.split("/").at(-1)), time }))
    .sort((a, b) => a.time - b.time);
}

function spanMs(checks: readonly Check[]): number {
  return (checks.at(-1)?.time ?? Number.NaN) - (checks[0]?.time ?? 0);
}

function densest(checks: readonly Check[]): number {
  let from = 0;
  return checks.reduce((most, { time }, to) => {
    while ((checks[from]?.time ?? time) <= time - slotMs) from += 1;
    return Math.max(most, to - from + 1);
  }, 0);
}
