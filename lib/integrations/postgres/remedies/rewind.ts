import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Standing } from "#lib/integrations/integration.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Context, PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import {
  isRunning,
  keptFolder,
  machineOf,
  makePrimary,
  mustRunOn,
  readControl,
  runOn,
  stopServer,
} from "#lib/integrations/postgres/remedies/machine.ts";
import {
  aloneScript,
  countScript,
  keepScript,
  restoreScript,
  swapScript,
} from "#lib/integrations/postgres/remedies/scripts.ts";
import {
  isUnfinished,
  markUnfinished,
  untilNothingWorks,
  workOnFiles,
} from "#lib/integrations/postgres/remedies/unfinished.ts";

const cleanStates = ["shut down", "shut down in recovery"];

/** pg_rewind wants a server that ended in order; one that crashed is let recover once, alone and without clients. */
export function endInOrderStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "end-in-order",
    title: `Stop ${node.name}, and let it recover if it crashed`,
    does: `pg_ctl -m fast stop; after a crash postgres --single on the data of ${node.name}, which no client can reach`,
    timeoutMs: 600_000,
    stands: `${node.name} is stopped`,
    run: async (context) => {
      const stopped = await stopServer(context, node, "fast");
      if (!stopped.ok) return stopped;
      const control = await readControl(context, node);
      if (!control.ok) return control;
      if (cleanStates.includes(control.value.state)) return ok(`${stopped.value}; it says “${control.value.state}”`);
      const unfinished = await isUnfinished(context, node);
      if (!unfinished.ok) return unfinished;
      if (unfinished.value)
        return ok(`${stopped.value}; a rewind of its files was broken off, so they recover nothing`);
      const machine = machineOf(node);
      if (!machine.ok) return machine;
      // A standby cannot be recovered alone; what it is to be is written again before it is started.
      const alone = await makePrimary(context, node);
      if (!alone.ok) return alone;
      const { bin, data } = machine.value;
      const single = ["sh", "-c", aloneScript, "sh", `${bin}/postgres`, data] as const;
      const recovered = await mustRunOn(context, node, single, { timeoutMs: 590_000 });
      return recovered.ok ? ok(`${node.name} had crashed as “${control.value.state}” and recovered`) : recovered;
    },
    probe: async (context) => {
      const idle = await untilNothingWorks(context, node);
      if (!idle.ok) return idle;
      const [running, control, unfinished] = await Promise.all([
        isRunning(context, node),
        readControl(context, node),
        isUnfinished(context, node),
      ]);
      if (!running.ok) return running;
      if (!control.ok) return control;
      if (!unfinished.ok) return unfinished;
      const stands = !running.value && (unfinished.value || cleanStates.includes(control.value.state));
      return ok({ stands, evidence: `${running.value ? "it runs" : "it is stopped"}, “${control.value.state}”` });
    },
  };
}

/**
 * Brings the files to where the primary's timeline forked off; where that cannot be done, a fresh copy beside them, and the
 * old ones stay as they are under another name. Source: PostgreSQL documentation, pg_rewind and pg_basebackup.
 */
export function rewindStep(node: PostgresNodeConfig, primary: PostgresNodeConfig): PostgresStep {
  return {
    id: "rewind",
    title: `Bring the files of ${node.name} back in line with ${primary.name}`,
    does: `pg_rewind --dry-run, then pg_rewind, on ${node.name}; if it refuses, pg_basebackup beside the old files, which are kept`,
    timeoutMs: 3_600_000,
    noReturn: true,
    run: async (context) => {
      await context.remember(begunKey, "yes");
      const done = await bringInLine(context, node, primary);
      if (done.ok) await context.remember(begunKey, "done");
      return done;
    },
    probe: (context) => probeInLine(context, node),
  };
}

const begunKey = "rewind";

/** What broke off in the middle cannot be told from what was finished by the files, but by what the run kept of it. */
async function probeInLine(context: Context, node: PostgresNodeConfig): Promise<Result<Standing>> {
  const begun = context.recall(begunKey);
  if (begun === undefined) return ok({ stands: false, evidence: "its files were not touched" });
  const [works, unfinished] = await Promise.all([workOnFiles(context, node), isUnfinished(context, node)]);
  if (!works.ok) return works;
  if (!unfinished.ok) return unfinished;
  if (works.value !== null) return err(failure("command-failed", `${works.value} still works on the files there`));
  if (begun === "done") return ok({ stands: true, evidence: "its files are in line" });
  if (!unfinished.value) return ok({ stands: false, evidence: "nothing of its files was changed yet" });
  return err(failure("command-failed", "its files may be between the two timelines: the next rejoin copies them anew"));
}

async function bringInLine(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { data } = machine.value;
  const kept = await mustRunOn(context, node, ["sh", "-c", keepScript, "sh", data, keptFolder(data)]);
  if (!kept.ok) return kept;
  const unfinished = await isUnfinished(context, node);
  if (!unfinished.ok) return unfinished;
  if (unfinished.value) {
    context.output("an earlier rewind was broken off, so its files cannot be trusted", node.name);
    return await copyAnew(context, node, primary);
  }
  const before = await readControl(context, node);
  if (!before.ok) return before;
  const tried = await rewind(context, node, primary, ["--dry-run"]);
  if (tried.ok && /no rewind required/.test(tried.value)) return ok("it is in line: no rewind is needed");
  if (!tried.ok && tried.error.kind !== "command-failed") return tried;
  if (tried.ok) {
    const lost = await countLost(context, node, tried.value, before.value.timeline);
    const marked = await markUnfinished(context, node);
    if (!marked.ok) return marked;
    const done = await rewind(context, node, primary, []);
    if (done.ok) {
      const restored = await mustRunOn(context, node, ["sh", "-c", restoreScript, "sh", data, keptFolder(data)]);
      return restored.ok ? ok(`rewound; ${lost}`) : restored;
    }
    if (done.error.kind !== "command-failed") return done;
    context.output(
      `pg_rewind broke off, so its files cannot be trusted: ${done.error.said ?? done.error.what}`,
      node.name,
    );
  } else {
    context.output(`pg_rewind refuses: ${tried.error.said ?? tried.error.what}`, node.name);
  }
  return await copyAnew(context, node, primary);
}

async function rewind(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
  more: readonly string[],
): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const source = sourceOf(context, primary);
  const argv = [`${bin}/pg_rewind`, "-D", data, `--source-server=${source} dbname=${context.config.database}`, ...more];
  const [program = "", ...rest] = argv;
  const done = await mustRunOn(context, node, [program, ...rest], { timeoutMs: 3_000_000, tell: true });
  return done.ok ? ok(`${done.value.stdout}\n${done.value.stderr}`) : done;
}

function sourceOf({ config }: Context, primary: PostgresNodeConfig): string {
  const { standby } = config;
  const passfile = standby?.passfile === undefined ? "" : ` passfile=${standby.passfile}`;
  return `host=${primary.address} port=${primary.port} user=${standby?.user ?? config.user}${passfile}`;
}

/** Counts what the old disk holds beyond `servers diverged at WAL location 0/5000028`: commits that no other node ever saw. */
async function countLost(context: Context, node: PostgresNodeConfig, said: string, timeline: number): Promise<string> {
  const [, fork] = /diverged at WAL location ([0-9A-F]+\/[0-9A-F]+)/i.exec(said) ?? [];
  const machine = machineOf(node);
  if (fork === undefined || !machine.ok) return "where it diverged was not said";
  const { bin, data } = machine.value;
  const count = ["sh", "-c", countScript, "sh", bin, data, String(timeline), fork] as const;
  const counted = await runOn(context, node, count, { timeoutMs: 120_000 });
  const commits = counted.ok ? /^\d+$/m.exec(counted.value.stdout.trim())?.[0] : undefined;
  const lost =
    commits === undefined ? "its commits after that could not be counted" : `${commits} commits after that are lost`;
  return `it had diverged at ${fork}: ${lost}`;
}

async function copyAnew(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const fresh = `${data}.pitwall-new`;
  const old = `${data}.diverged-${Math.floor(context.now() / 1_000)}`;
  const cleared = await mustRunOn(context, node, ["rm", "-rf", "--", fresh]);
  if (!cleared.ok) return cleared;
  const copy = [
    `${bin}/pg_basebackup`,
    "-D",
    fresh,
    "-X",
    "stream",
    "-c",
    "fast",
    "-d",
    sourceOf(context, primary),
  ] as const;
  const copied = await mustRunOn(context, node, copy, { timeoutMs: 3_000_000, tell: true });
  if (!copied.ok) return copied;
  const marked = await markUnfinished(context, node);
  if (!marked.ok) return marked;
  const swapped = await mustRunOn(context, node, ["sh", "-c", swapScript, "sh", data, fresh, old]);
  if (!swapped.ok) return swapped;
  const restored = await mustRunOn(context, node, ["sh", "-c", restoreScript, "sh", data, keptFolder(data)]);
  return restored.ok ? ok(`copied anew from ${primary.name}; the old files are kept in ${old}`) : restored;
}

/** Whether the program is there and the files allow it; words for the plan. */
export async function rewindPossible(context: Context, node: PostgresNodeConfig): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const control = await readControl(context, node);
  if (!control.ok) return control;
  const there = await runOn(context, node, ["test", "-x", `${machine.value.bin}/pg_rewind`]);
  if (!there.ok) return there;
  if (there.value.exitCode !== 0) return err(failure("command-not-found", "pg_rewind is not installed there"));
  if (!control.value.hints && !control.value.checksums) {
    return err(failure("command-failed", "its files have neither wal_log_hints nor checksums"));
  }
  return ok(control.value.hints ? "wal_log_hints is on" : "its pages have checksums");
}
