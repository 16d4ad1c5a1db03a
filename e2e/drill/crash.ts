import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isWhole } from "#e2e/drill/cluster.ts";
import { askForPlan, confirm, until, untilPlanned, untilRun } from "#e2e/drill/lab-poller.ts";
import type { Lab } from "#e2e/lab/layout.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { storeFile } from "#lib/store/store-file.ts";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** A poller in a process of its own, on a lab, to be killed and started again. */
export interface MortalPoller extends AsyncDisposable {
  readonly store: Store;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export async function startMortalPoller(lab: Lab): Promise<MortalPoller> {
  const data = mkdtempSync(join(tmpdir(), "pitwall-crash-"));
  let child: ChildProcess | null = null;
  // A store that is being made bears no second process, so this one opens it when the poller says that it polls.
  const start = async () => {
    const program = join(import.meta.dirname, "lab-poller.ts");
    const stdio = ["ignore", "ignore", "pipe", "ipc"] as const;
    const begun = fork(program, [lab.paths.config, data], { execPath: process.execPath, stdio: [...stdio] });
    child = begun;
    let said = "";
    begun.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000);
    });
    await new Promise<void>((resolve, reject) => {
      begun.once("message", () => resolve());
      begun.once("exit", (code, signal) => reject(new Error(`the poller ended (${signal ?? code}): ${said}`)));
    });
  };
  const kill = async () => {
    const dying = child;
    child = null;
    if (dying === null || dying.exitCode !== null) return;
    const gone = once(dying, "exit");
    dying.kill("SIGKILL");
    await gone;
  };
  await start();
  const store = await openStore({ file: storeFile(data) });
  return {
    store,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await store.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Where the poller is killed: while the step runs, or right after it was noted as done. */
export interface Boundary {
  readonly step: string;
  readonly when: "running" | "done";
  /** Not before this holds as well, while the step runs. */
  readonly and?: () => boolean;
}

export interface Wanted {
  readonly serviceId: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Carries a run out, kills the poller at the boundary, starts another, and waits for the honest end of the run. */
export async function crashAt(
  poller: MortalPoller,
  wanted: Wanted,
  boundary: Boundary,
  inPlan: (boundary: Boundary, run: Run) => Boundary = (same) => same,
): Promise<Run> {
  const { store } = poller;
  // What a busy machine answers late is blocked for a moment.
  const id = await until(`${wanted.action} can be asked for`, 60_000, () =>
    askForPlan(store, wanted).catch(() => null),
  );
  const planned = await untilPlanned(store, id);
  if (planned.plan === null || planned.state !== "planned") return planned;
  const { step, when, and = () => true } = inPlan(boundary, planned);
  await confirm(store, planned, planned.plan.hash);
  const reached = (run: Run) => {
    const at = run.steps.find((one) => one.id === step);
    return at !== undefined && ((at.state === when && and()) || at.state === "done");
  };
  await untilRun(store, id, (run) => reached(run) || isEnded(run.state), 120_000, 2);
  await poller.kill();
  await poller.start();
  return await untilRun(store, id, (run) => isEnded(run.state), 120_000);
}

/** Whether the cluster becomes whole within the time. */
export async function becomesWhole(lab: Lab, withinMs: number): Promise<boolean> {
  for (const endAt = performance.now() + withinMs; performance.now() < endAt; ) {
    if (await isWhole(lab)) return true;
    await pause(100);
  }
  return false;
}
