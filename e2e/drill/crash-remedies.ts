import { type Boundary, crashAt, type MortalPoller, startMortalPoller } from "#e2e/drill/crash.ts";
import { type CrashCase, crashCases } from "#e2e/drill/crash-cases.ts";
import { chosenParts, type DrillParts, type DrillPlan, type DrillReport } from "#e2e/drill/drill.ts";
import { settle, until, untilService } from "#e2e/drill/lab-poller.ts";
import { startVisitors } from "#e2e/drill/visitors.ts";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { startTestLab } from "#e2e/lab/test-lab.ts";
import type { Run } from "#lib/wire/run.ts";

export const remediesCrashDrill: DrillPlan = {
  action: "remedies-crash",
  about: "kills Pitwall at every step of every other remedy, before and after it, and starts it again",
  parts: crashCases.map((one) => one.action),
  run: drill,
  passes: (report) => report.verdicts.every((verdict) => verdict.startsWith("succeeded")),
};

async function drill({ times, tell, signal, ...part }: DrillParts): Promise<DrillReport> {
  const chosen = chosenParts(
    crashCases.map((one) => one.action),
    part,
  );
  const cases = crashCases.filter((one) => chosen.includes(one.action));
  await using bench = await startTestLab({ load: false });
  const { lab } = bench;
  await using poller = await startMortalPoller(lab);
  // An app starts again with its next request.
  const front = `http://${lab.addresses.lb}:${ports.front}`;
  const visitors = startVisitors(front, 20, ["/", "/api/up", "/up"]);
  const verdicts: string[] = [];
  try {
    for (const one of Array.from({ length: times }, () => cases).flat()) {
      for (let [at, count] = [0, 1]; at < count && !signal.aborted; at += one.every ?? 1) {
        // What could not be tried at all is no reason to leave the rest untried.
        const told = await crashOnce(lab, poller, one, at).catch(async (error: unknown): Promise<Crashed> => {
          await one.tidy?.(lab, poller.store).catch(() => undefined);
          return { verdict: `broke off: ${String(error)}`, where: "an unknown step", boundaries: count };
        });
        count = told.boundaries;
        verdicts.push(told.verdict);
        tell(`${one.action} ${at + 1} of ${count}, at ${told.where}: ${told.verdict}`);
      }
    }
  } finally {
    await visitors.stop();
  }
  const { answered, failed, maxGapMs } = await visitors.stop();
  for (const [words, count] of counted(failed)) tell(`visitors: ${count} × ${words}`);
  return {
    drill: "remedies-crash",
    times,
    acknowledged: answered,
    lost: 0,
    maxGapMs,
    failedRequests: failed.length,
    verdicts,
  };
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of words) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

interface Crashed {
  readonly verdict: string;
  /** The step and the moment. */
  readonly where: string;
  /** How many there are in such a plan: two for each step. */
  readonly boundaries: number;
}

/** Dies at the boundary of that number, and compares what the target's own tools show with what the run says of itself. */
export async function crashOnce(lab: Lab, poller: MortalPoller, one: CrashCase, at: number): Promise<Crashed> {
  const { action, serviceId } = one;
  let where: Boundary = { step: "none", when: "running" };
  const params = await one.prepare(lab, poller.store);
  const before = await one.shows(lab);
  // What changed between plan and confirmation refuses: that is right, and asked again.
  const run = await until(`${action} is not refused`, 120_000, async () => {
    const tried = await crashAt(poller, { serviceId, action, params }, where, (_boundary, planned) => {
      where = { step: planned.steps[Math.floor(at / 2)]?.id ?? "", when: at % 2 === 0 ? "running" : "done" };
      return where;
    });
    return tried.state === "refused" ? null : tried;
  });
  const verdict = await judge(lab, poller, one, run, before);
  await settle(poller.store, run.id).catch(() => undefined);
  await one.tidy?.(lab, poller.store);
  return { verdict, where: `${where.step} ${where.when}`, boundaries: run.steps.length * 2 };
}

async function judge(lab: Lab, poller: MortalPoller, one: CrashCase, run: Run, before: string): Promise<string> {
  const words = `${run.state}: ${run.verdict}`;
  const twice = begunTwice(run);
  if (twice !== null) return `done twice: ${twice}; ${words}`;
  const changed = (await one.shows(lab)) !== before;
  if (run.state.startsWith("succeeded")) return changed ? `succeeded: ${run.state}` : `nothing happened: ${words}`;
  if (run.state.endsWith("-clean")) return changed ? `not as it was: ${words}` : `succeeded: ${run.state}, as it was`;
  if ((run.left?.length ?? 0) === 0) return `no alarm: ${words}`;
  await untilService(poller.store, one.serviceId, "the alarm is on the board", (service) =>
    service.findings.some((finding) => finding.subject === `run:${run.id}`),
  );
  return `succeeded: ${run.state}, with an alarm: ${run.left?.join("; ")}`;
}

/** A step that was begun once more than the world allowed; `null` when there is none. */
function begunTwice(run: Run): string | null {
  const texts = run.journal.map((line) => line.text);
  for (const { title } of run.steps) {
    const called = run.steps.filter((step) => step.title === title).length;
    const begun = texts.filter((text) => text.startsWith(`about to: ${title} — `)).length;
    const asked = texts.filter((text) => text.startsWith(`${title}: asked after a crash`)).length;
    if (begun > called + asked) return title;
  }
  return null;
}
