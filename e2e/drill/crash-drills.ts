import { clientsPlace, isWhole, pictureOf } from "#e2e/drill/cluster.ts";
import { startCommitWriter, type Written } from "#e2e/drill/commit-writer.ts";
import { type Boundary, becomesWhole, crashAt, type MortalPoller, startMortalPoller } from "#e2e/drill/crash.ts";
import { chosenParts, type DrillParts, type DrillPlan, type DrillReport } from "#e2e/drill/drill.ts";
import { carryOutRun, settle, until, untilRun, untilService } from "#e2e/drill/lab-poller.ts";
import { countLost, untilOffered } from "#e2e/drill/move-drills.ts";
import { breakLab, healLab } from "#e2e/lab/faults.ts";
import { type Lab, pgHosts } from "#e2e/lab/layout.ts";
import { primaryOf } from "#e2e/lab/postgres.ts";
import { startTestLab } from "#e2e/lab/test-lab.ts";
import type { Run } from "#lib/wire/run.ts";

const serviceId = "pg-main";

/** Step ids of a switchover from and to any node of the lab, in their order; followers differ by name. */
const switchoverSteps = [
  "checkpoint",
  "slots",
  "shut-pgb-1",
  "shut-lb-1",
  "stop",
  "compare",
  "promote",
  "open-lb-1",
  "open-pgb-1",
  "settle",
  "follow",
  "start",
  "return-lb-1",
  "tidy",
];
const failoverSteps = [
  "alarm",
  "shut-pgb-1",
  "shut-lb-1",
  "fence",
  "replayed",
  "slots",
  "promote",
  "open-lb-1",
  "open-pgb-1",
  "settle",
  "follow",
  "measure",
];

export const switchoverCrashDrill: DrillPlan = {
  action: "switchover-crash",
  about: "kills Pitwall at every step of a switchover, before and after it, and starts it again",
  parts: switchoverSteps,
  run: (parts) => crashDrill("switchover-crash", parts, switchoverSteps, crashSwitchover),
  passes: (report) => report.lost === 0 && report.verdicts.every((verdict) => verdict.startsWith("succeeded")),
};

export const failoverCrashDrill: DrillPlan = {
  action: "failover-crash",
  about: "kills Pitwall at every step of a failover, before and after it, and starts it again",
  parts: failoverSteps,
  run: (parts) => crashDrill("failover-crash", parts, failoverSteps, crashFailover),
  passes: (report) => report.verdicts.every((verdict) => verdict.startsWith("succeeded")),
};

/** What came of one death; a word that begins with `succeeded` when that was well. */
export type CrashRound = (lab: Lab, poller: MortalPoller, boundary: Boundary) => Promise<string>;

/** Every boundary once for each time, under clients that commit all the time. */
export async function crashDrill(
  name: string,
  parts: DrillParts,
  steps: readonly string[],
  round: CrashRound,
): Promise<DrillReport> {
  const { times, tell, signal } = parts;
  const boundaries = chosenParts(steps, parts).flatMap((step) => [
    { step, when: "running" } as const,
    { step, when: "done" } as const,
  ]);
  await using bench = await startTestLab({ load: false });
  const { lab } = bench;
  await using poller = await startMortalPoller(lab);
  const all: (Written & { lost: number; verdict: string })[] = [];
  for (const [n, boundary] of Array.from({ length: times }, () => boundaries)
    .flat()
    .entries()) {
    if (signal.aborted) break;
    const table = `crash_${n}`;
    const writer = await startCommitWriter(clientsPlace(lab), table, 2);
    const said = await round(lab, poller, boundary);
    const whole = await becomesWhole(lab, 60_000);
    const written = await writer.stop();
    const lost = whole ? await countLost(lab, table, written) : 0;
    const verdict = whole ? said : `not whole: ${said}; ${JSON.stringify(await pictureOf(lab))}`;
    all.push({ ...written, lost, verdict });
    tell(`${name} at ${boundary.step} ${boundary.when}: ${verdict}; ${lost} lost`);
    if (!whole) break;
  }
  const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    drill: name,
    times,
    acknowledged: sum((one) => one.acknowledged.length),
    lost: sum((one) => one.lost),
    maxGapMs: Math.max(0, ...all.map((one) => one.maxGapMs)),
    failedRequests: sum((one) => one.failed),
    verdicts: all.map((one) => one.verdict),
  };
}

/** A follower's step has its name in it. */
export function inPlan(boundary: Boundary, run: Run): Boundary {
  const id = run.steps.find((step) => step.id === boundary.step || step.id.startsWith(`${boundary.step}-pg`))?.id;
  return { ...boundary, step: id ?? boundary.step };
}

async function crashSwitchover(lab: Lab, poller: MortalPoller, boundary: Boundary): Promise<string> {
  const from = await primaryOf(lab);
  const to = pgHosts[((from === null ? 0 : pgHosts.indexOf(from)) + 1) % pgHosts.length] ?? "pg-a";
  // A busy machine answers late, and what was not seen refuses: that is right, and asked again.
  const run = await until("the switchover is not refused", 120_000, async () => {
    const params = { to: await untilOffered(poller.store, "switchover", to) };
    const one = await crashAt(poller, { serviceId, action: "switchover", params }, boundary, inPlan);
    return one.state === "refused" ? null : one;
  });
  return await judge(lab, poller, run, to, from);
}

/** What the run says of itself has to be what is true: moved, or all as it was. */
async function judge(lab: Lab, poller: MortalPoller, run: Run, to: string, from: string | null): Promise<string> {
  if (run.left !== undefined && run.left.length > 0) await settle(poller.store, run.id);
  const now = await until("one node takes writes", 30_000, () => primaryOf(lab)).catch(() => null);
  const words = `${run.state}, ${now} takes writes`;
  if (run.state === "succeeded" || run.state === "succeeded-not-fixed") {
    return now === to ? `succeeded: ${words}` : `wrong: ${words}, it was to be ${to}`;
  }
  if (run.state === "failed-clean") return now === from ? `succeeded: ${words}, taken back` : `wrong: ${words}`;
  return (run.left?.length ?? 0) > 0
    ? `succeeded: ${words}, with an alarm: ${run.left?.join("; ")}`
    : `${words}: ${run.verdict}`;
}

async function crashFailover(lab: Lab, poller: MortalPoller, boundary: Boundary): Promise<string> {
  const from = await primaryOf(lab);
  await breakLab(lab, "primary-host");
  const to = await untilOffered(poller.store, "failover");
  const wanted = { serviceId, action: "failover", params: { to } };
  const run = await until("the failover is not refused", 90_000, async () => {
    const one = await crashAt(poller, wanted, boundary, inPlan);
    return one.state === "refused" ? null : one;
  });
  const forward = run.steps.some((step) => step.id === "promote" && step.state === "done");
  if (run.settled == null) await settle(poller.store, run.id);
  await healLab(lab, "primary-host");
  if (!forward) {
    await until("it is whole again", 60_000, async () => ((await isWhole(lab)) ? true : null)).catch(() => null);
    const told = run.state.endsWith("-clean") || (run.left?.length ?? 0) > 0;
    return (await primaryOf(lab)) === from && told
      ? `succeeded: ${run.state}, taken back${run.left?.length ? `, with an alarm: ${run.left.join("; ")}` : ""}`
      : `wrong: ${run.state}: ${run.verdict}`;
  }
  await until("its return was ended", 60_000, async () => ((await primaryOf(lab)) === to ? true : null));
  await untilService(poller.store, serviceId, "the alarm", (board) =>
    board.findings.some((one) => one.message.includes("fenced off")),
  );
  const node = await untilOffered(poller.store, "rejoin", from ?? undefined);
  const back = await carryOutRun(poller.store, { serviceId, action: "rejoin", params: { node } });
  const ended = await untilRun(poller.store, back.id, (one) => one.finishedAt !== null);
  return ended.state === "succeeded"
    ? `succeeded: ${run.state}, and rejoined`
    : `rejoin ${ended.state}: ${ended.verdict}`;
}
