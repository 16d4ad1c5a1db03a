import { setTimeout as pause } from "node:timers/promises";
import { latenesses, skipped } from "#e2e/bench/beat.ts";
import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import { startFleet } from "#e2e/bench/fleet.ts";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";
import { startTarget, type Target } from "#e2e/bench/target.ts";

const services = 1_000;
/** How often a check may cost what a bare request costs. */
const mostTimes = 1.6;

/** What a check costs in CPU, everything included, and how punctual checks are, at three beats. */
export async function figures(): Promise<Figure[]> {
  return [...(await atBeat(20_000, 40_000)), ...(await atBeat(5_000, 20_000)), ...(await atBeat(1_000, 60_000))];
}

/** What one process did in its window. */
interface Measured {
  readonly cpuSeconds: number;
  /** When each of its addresses was asked. */
  readonly times: readonly (readonly number[])[];
}

async function atBeat(intervalMs: number, measureMs: number): Promise<Figure[]> {
  await using target = await startTarget();
  const poller = () => pollerAt(target, intervalMs, measureMs);
  const bare = (ms: number) => bareAt(target, intervalMs, ms);
  const [mine, ...yards] =
    intervalMs > 1_000
      ? // At the same time, so that whatever else the machine does slows both alike.
        await Promise.all([poller(), bare(measureMs)])
      : // One alone keeps the machine busy enough; so the yardstick is laid on before and after.
        await inTurn([() => bare(measureMs / 4), poller, () => bare(measureMs / 4)]).then(([a, b, c]) => [b, a, c]);
  return figuresOf(intervalMs, mine as Measured, yards as Measured[]);
}

function figuresOf(intervalMs: number, mine: Measured, yards: readonly Measured[]): Figure[] {
  const bareCost = perThousand(yards);
  const late = (all: readonly Measured[]) =>
    percentile(
      all.flatMap(({ times }) => times.flatMap((each) => latenesses(each, intervalMs))),
      0.99,
    );
  const skips = (all: readonly Measured[]) =>
    all.flatMap(({ times }) => times).reduce((sum, each) => sum + skipped(each, intervalMs), 0);
  const beat = `1,000 services every ${intervalMs / 1_000} s`;
  return [
    figure({
      name: `CPU per 1,000 HTTP checks, ${beat}`,
      value: perThousand([mine]),
      unit: "s",
      aim: mostTimes * bareCost,
      yardstick: { name: "by bare http.get", value: bareCost, unit: "s" },
    }),
    figure({
      name: `schedule lateness p99, ${beat}`,
      value: late([mine]),
      unit: "ms",
      aim: 250,
      yardstick: { name: "by bare timers", value: late(yards), unit: "ms" },
    }),
    figure({
      name: `checks skipped, ${beat}`,
      value: skips([mine]),
      unit: "checks",
      aim: 0,
      yardstick: {
        name: "by bare timers",
        value: skips(yards),
        unit: "checks",
      },
    }),
  ];
}

async function pollerAt(target: Target, intervalMs: number, measureMs: number): Promise<Measured> {
  const urls = target.urls(services, "polled");
  await using fleet = await startFleet(
    urls.map((url) => ({ url })),
    intervalMs,
  );
  return await measure(fleet.poller, target, "/polled/", intervalMs, measureMs);
}

async function bareAt(target: Target, intervalMs: number, measureMs: number): Promise<Measured> {
  await using loop = startChild("e2e/bench/bare-get.ts", [String(intervalMs), ...target.urls(services, "bare")]);
  return await measure(loop, target, "/bare/", intervalMs, measureMs);
}

/** From when every address was asked and a while more, because what the start costs is another figure. */
async function measure(
  child: MeteredChild,
  target: Target,
  prefix: string,
  intervalMs: number,
  measureMs: number,
): Promise<Measured> {
  await target.untilAllAsked(prefix, services, 3 * intervalMs + 30_000);
  await pause(Math.min(intervalMs, 5_000));
  await target.takeArrivals(prefix);
  const before = child.cpuSeconds();
  await pause(measureMs);
  const cpuSeconds = child.cpuSeconds() - before;
  return { cpuSeconds, times: Object.values(await target.takeArrivals(prefix)) };
}

function perThousand(all: readonly Measured[]): number {
  const cpu = all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return (cpu * 1_000) / all.reduce((sum, { times }) => sum + times.flat().length, 0);
}

async function inTurn<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  for (const work of works) done.push(await work());
  return done;
}
