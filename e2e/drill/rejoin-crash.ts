import { existsSync } from "node:fs";
import { type Boundary, crashAt, type MortalPoller } from "#e2e/drill/crash.ts";
import { crashDrill, inPlan } from "#e2e/drill/crash-drills.ts";
import type { DrillPlan } from "#e2e/drill/drill.ts";
import { carryOutRun, settle, until, untilService } from "#e2e/drill/lab-poller.ts";
import { untilOffered } from "#e2e/drill/move-drills.ts";
import { breakLab, healLab } from "#e2e/lab/faults.ts";
import type { Lab, PgHost } from "#e2e/lab/layout.ts";
import { pgPaths, primaryOf } from "#e2e/lab/postgres.ts";
import { unfinishedMark } from "#lib/integrations/postgres/remedies/machine.ts";
import type { Run } from "#lib/wire/run.ts";

const serviceId = "pg-main";

/** `mark` is no step: it is the moment within the rewind from which on the files are no server's. */
const steps = [
  "shut-lb-1",
  "slots",
  "end-in-order",
  "rewind",
  "mark",
  "start",
  "unfence",
  "trust",
  "tidy",
  "return-lb-1",
];

export const rejoinCrashDrill: DrillPlan = {
  action: "rejoin-crash",
  about: "kills Pitwall at every step of a rejoin, before and after it, and starts it again",
  run: (parts) => crashDrill("rejoin-crash", parts, steps, crashRejoin),
  passes: (report) => report.verdicts.every((verdict) => verdict.startsWith("succeeded")),
};

async function crashRejoin(lab: Lab, poller: MortalPoller, boundary: Boundary): Promise<string> {
  const node = await leaveBehind(lab, poller);
  const params = { node: await untilOffered(poller.store, "rejoin", node) };
  const run = await crashAt(poller, { serviceId, action: "rejoin", params }, within(lab, node, boundary), inPlan);
  if (run.state === "succeeded") return "succeeded: it went on to its end";
  const named = await alarmOf(poller, run, node);
  if (named === null) return `nothing tells of it: ${run.state}: ${run.verdict}`;
  if (run.settled == null && (run.left?.length ?? 0) > 0) await settle(poller.store, run.id);
  const again = await until("the next rejoin is not refused", 60_000, async () => {
    const wanted = { node: await untilOffered(poller.store, "rejoin", node) };
    const one = await carryOutRun(poller.store, { serviceId, action: "rejoin", params: wanted });
    return one.state === "refused" ? null : one;
  });
  const way = again.steps.find((step) => step.id === "rewind")?.evidence?.split(":")[0];
  return again.state === "succeeded"
    ? `succeeded: ${run.state} (${named}), and rejoined by another run: ${way}`
    : `the next rejoin is ${again.state}: ${again.verdict}`;
}

/** The primary's machine dies, another takes over, and it comes back with commits of its own. */
async function leaveBehind(lab: Lab, poller: MortalPoller): Promise<PgHost> {
  const old = await until("one takes writes", 30_000, () => primaryOf(lab));
  await breakLab(lab, "primary-host");
  const moved = await until("the failover is not refused", 90_000, async () => {
    const to = await untilOffered(poller.store, "failover");
    const one = await carryOutRun(poller.store, { serviceId, action: "failover", params: { to } });
    return one.state === "refused" ? null : one;
  });
  if (moved.state !== "succeeded") throw new Error(`the failover before it ${moved.state}: ${moved.verdict}`);
  await settle(poller.store, moved.id);
  await healLab(lab, "primary-host");
  await until("its return was ended", 60_000, async () => {
    const now = await primaryOf(lab);
    return now !== null && now !== old ? true : null;
  });
  return old;
}

function within(lab: Lab, node: PgHost, boundary: Boundary): Boundary {
  if (boundary.step !== "mark") return boundary;
  const mark = unfinishedMark(pgPaths(lab.folder, node).data);
  return { step: "rewind", when: "running", and: () => existsSync(mark) };
}

/** The words of an open alarm that name the node. */
async function alarmOf(poller: MortalPoller, run: Run, node: PgHost): Promise<string | null> {
  const board = await untilService(poller.store, serviceId, `an alarm names ${node}`, (service) =>
    service.findings.some((one) => one.message.includes("ended half-way") || one.message.includes("fenced off")),
  ).catch(() => null);
  const left = board?.findings.find((one) => one.subject === `run:${run.id}`);
  if (left !== undefined) return (run.left ?? []).join("; ");
  return board?.findings.some((one) => one.node === node && one.message.includes("fenced off")) ? "its fence" : null;
}
