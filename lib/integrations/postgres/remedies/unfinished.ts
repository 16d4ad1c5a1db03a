import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import {
  block,
  type Context,
  type PostgresCheck,
  type PostgresStep,
  pass,
  unknown,
} from "#lib/integrations/postgres/remedies/ask.ts";
import {
  machineOf,
  mustRunOn,
  type OnMachine,
  runOn,
  unfinishedMark,
} from "#lib/integrations/postgres/remedies/machine.ts";
import { mayComeTwice } from "#lib/integrations/postgres/remedies/standby-steps.ts";

/** From here on until it streams, its files may be between two timelines and its settings another server's. */
export async function markUnfinished(context: OnMachine, node: PostgresNodeConfig): Promise<Result<null>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const done = await mustRunOn(context, node, ["touch", "--", unfinishedMark(machine.value.data)]);
  return done.ok ? ok(null) : done;
}

/** Whether a rewind or a copy of its files was begun, and the node never followed with them. */
export async function isUnfinished(context: OnMachine, node: PostgresNodeConfig): Promise<Result<boolean>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const answer = await runOn(context, node, ["test", "-e", unfinishedMark(machine.value.data)]);
  return answer.ok ? ok(answer.value.exitCode === 0) : answer;
}

/** Once it streams, its files are proven. */
export function trustStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "trust",
    title: `Take the files of ${node.name} for its own again`,
    does: "the mark of a rewind under way is taken away",
    timeoutMs: 15_000,
    run: async (context) => {
      const machine = machineOf(node);
      if (!machine.ok) return machine;
      const done = await mustRunOn(context, node, ["rm", "-f", "--", unfinishedMark(machine.value.data)]);
      return done.ok ? ok("it follows with them") : done;
    },
    probe: mayComeTwice,
  };
}

/** What a run that was cut off may have left at work there: it must not be joined by a second. */
export function idleFilesCheck(node: PostgresNodeConfig): PostgresCheck {
  return {
    id: "idle-files",
    title: `Nothing works on the files of ${node.name}`,
    run: async (context) => {
      const works = await workOnFiles(context, node);
      if (!works.ok) return unknown(works.error.what);
      return works.value === null ? pass("no rewind or copy runs there") : block(`${works.value} still runs there`);
    },
  };
}

/** The program that rewinds, copies or recovers them right now; `null` when none does. */
export async function workOnFiles(context: OnMachine, node: PostgresNodeConfig): Promise<Result<string | null>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const answer = await runOn(context, node, ["ps", "-eo", "args="], { timeoutMs: 8_000 });
  if (!answer.ok) return answer;
  if (answer.value.exitCode !== 0) return err(failure("command-failed", `ps on ${node.name} tells nothing`));
  return ok(workerAmong(answer.value.stdout, machine.value.data));
}

const workers: readonly string[] = ["pg_rewind", "pg_basebackup", "pg_ctl"];

/** Pure: of that list of `ps -eo args=`. Of `pg_ctl` only what waits for a server to stop, start or promote lasts. */
export function workerAmong(processes: string, data: string): string | null {
  for (const line of processes.split("\n")) {
    const words = line.trim().split(/\s+/);
    const program = words[0]?.split("/").at(-1) ?? "";
    const works = workers.includes(program) ? !words.includes("status") : words[1] === "--single";
    if (works && words.some((word) => word === data || word === `${data}.pitwall-new`)) return program;
  }
  return null;
}

/**
 * A command outlives the poller that gave it, so its machine is looked at until it has ended; before that nobody can tell what
 * became of it. Ends with the step's own deadline.
 */
export async function untilNothingWorks(context: Context, node: PostgresNodeConfig): Promise<Result<null>> {
  for (;;) {
    const works = await workOnFiles(context, node);
    if (!works.ok) return works;
    if (works.value === null) return ok(null);
    await context.sleep(200);
  }
}
