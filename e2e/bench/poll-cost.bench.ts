import { setTimeout as pause } from "node:timers/promises";
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
      all.flatMap(({ times }) => latenesses(times, intervalMs)),
      0.99,
    );
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
      value: skipped(mine.times, intervalMs),
      unit: "checks",
      aim: 0,
      yardstick: {
        name: "by bare timers",
        value: yards.reduce((sum, { times }) => sum + skipped(times, intervalMs), 0),
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
  await target.allAsked(prefix, services, 3 * intervalMs + 30_000);
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

/** How much later than on its own best beat each check came. */
function latenesses(services: readonly (readonly number[])[], intervalMs: number): number[] {
  return services.flatMap((times) => {
    const first = times[0] ?? 0;
    const phases = times.map((time) => time - intervalMs * Math.round((time - first) / intervalMs));
    const beat = Math.min(...phases);
    return phases.map((phase) => phase - beat);
  });
}

/** Beats between a service's first and last check in which none came. */
function skipped(services: readonly (readonly number[])[], intervalMs: number): number {
  return services.reduce((sum, times) => {
    const beats = Math.round(((times.at(-1) ?? 0) - (times[0] ?? 0)) / intervalMs) + 1;
    return sum + Math.max(0, beats - times.length);
  }, 0);
}
