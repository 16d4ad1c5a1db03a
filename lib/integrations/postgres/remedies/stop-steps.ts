import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { lsnDistanceBytes } from "#lib/integrations/postgres/lsn.ts";
import { ask, type Context, type PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import {
  type ControlData,
  isRunning,
  isStandbySet,
  makePrimary,
  readControl,
  startServer,
  stopAsStandby,
  stopServer,
} from "#lib/integrations/postgres/remedies/machine.ts";
import { upstreamSettings } from "#lib/integrations/postgres/remedies/standby-steps.ts";
import { untilNothingWorks } from "#lib/integrations/postgres/remedies/unfinished.ts";

/** Shortens the shutdown: what is written now need not be written then. */
export function checkpointStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "checkpoint",
    title: `Checkpoint on ${node.name}, so that it stops quickly`,
    does: "CHECKPOINT",
    timeoutMs: 300_000,
    run: async (context) => {
      const done = await ask(context, node, "CHECKPOINT", [], 290_000);
      if (done.ok) return ok("done");
      return done.error.kind === "missing-grant" ? ok("left to the shutdown: the role may not") : done;
    },
    undo: async () => ok("a checkpoint leaves nothing to take back"),
    probe: async () => ok({ stands: true, evidence: "a checkpoint may come twice" }),
  };
}

/**
 * Stops the old primary in order, and sets it to start as a standby before anything else: whoever starts it from then on,
 * a boot or a configuration tool, starts no second primary.
 */
export function stopStep(node: PostgresNodeConfig, candidate: PostgresNodeConfig): PostgresStep {
  return {
    id: "stop",
    title: `Shut ${node.name} down, to start again as a standby only`,
    does: `pg_ctl -m fast stop on ${node.name}, then standby.signal in its data folder`,
    timeoutMs: 90_000,
    stands: `${node.name} is shut down`,
    run: async (context) => {
      const settings = await upstreamSettings(context, node, candidate);
      if (!settings.ok) return settings;
      const ended = await stopAsStandby(context, node, settings.value);
      if (!ended.ok) return ended;
      await context.remember("ended", JSON.stringify(ended.value));
      return ok(`${node.name} says “${ended.value.state}”, and is set to start as a standby`);
    },
    undo: (context) => startAgain(context, node, candidate),
    probe: async (context) => {
      const idle = await untilNothingWorks(context, node);
      if (!idle.ok) return idle;
      const [running, set] = await Promise.all([isRunning(context, node), isStandbySet(context, node)]);
      if (!running.ok) return running;
      if (!set.ok) return set;
      const stands = !running.value && set.value;
      const words = `${node.name} ${running.value ? "runs" : "is stopped"}${set.value ? ", set to be a standby" : ""}`;
      return ok({ stands, evidence: words });
    },
  };
}

/** Not if the candidate takes writes: two primaries would be worse than none. One that is down was never promoted by this run. */
async function startAgain(
  context: Context,
  node: PostgresNodeConfig,
  candidate: PostgresNodeConfig,
): Promise<Result<string>> {
  const other = await look(context, candidate);
  if (other.ok && !other.value.inRecovery) {
    return err(failure("command-failed", `${node.name} is not started again: ${candidate.name} takes writes`));
  }
  const set = await makePrimary(context, node);
  if (!set.ok) return set;
  const running = await isRunning(context, node);
  if (!running.ok) return running;
  if (running.value) {
    // It was started by somebody meanwhile, as the standby that it was set to be.
    const own = await look(context, node);
    if (own.ok && own.value.inRecovery) {
      const stopped = await stopServer(context, node, "fast");
      if (!stopped.ok) return stopped;
    }
  }
  const started = await startServer(context, node);
  if (!started.ok) return started;
  for (;;) {
    const own = await look(context, node);
    if (own.ok && !own.value.inRecovery) return ok(`${node.name} takes writes again`);
    await context.sleep(200);
  }
}

/**
 * What the old primary wrote last must be on the candidate before it is promoted. A shutdown waits for the standbys, but not
 * for one whose connection broke meanwhile. Source: PostgreSQL documentation, Streaming Replication; Patroni checks the same.
 */
export function compareStep(node: PostgresNodeConfig, candidate: PostgresNodeConfig): PostgresStep {
  return {
    id: "compare",
    title: `${candidate.name} has everything that ${node.name} wrote`,
    does: `pg_controldata on ${node.name}: “shut down”, and ${candidate.name} has replayed beyond its last checkpoint`,
    timeoutMs: 30_000,
    changes: false,
    run: (context) => compare(context, node, candidate),
    probe: async () => ok({ stands: true, evidence: "it only looks" }),
  };
}

async function compare(
  context: Context,
  node: PostgresNodeConfig,
  candidate: PostgresNodeConfig,
): Promise<Result<string>> {
  const told = context.recall("ended");
  const control = told === undefined ? await readControl(context, node) : ok(JSON.parse(told) as ControlData);
  if (!control.ok) return control;
  const { state, checkpointLsn } = control.value;
  // It already may have been started as the standby it is set to be; then its last words as a primary are gone.
  if (state !== "shut down") {
    return err(failure("command-failed", `${node.name} says “${state}”, not “shut down”`));
  }
  for (const endAt = context.now() + 20_000; ; ) {
    const seen = await look(context, candidate);
    if (!seen.ok) return seen;
    const { receiveLsn, replayLsn } = seen.value;
    // The checkpoint's record begins at that position, so the end of what was replayed lies beyond it.
    const missing = lsnDistanceBytes(checkpointLsn, replayLsn);
    if (missing !== null && missing < 0) {
      return ok(
        `${node.name} ended with a checkpoint at ${checkpointLsn}, ${candidate.name} replayed up to ${replayLsn}`,
      );
    }
    if (seen.value.replayPaused) {
      return err(failure("command-failed", `${candidate.name} has paused its replay meanwhile, at ${replayLsn}`));
    }
    if (context.now() > endAt) {
      const short = missing === null ? "an unknown part" : formatBytes(missing + 1);
      const what = `${candidate.name} lacks ${short}: received ${receiveLsn}, replayed ${replayLsn}, the last checkpoint is at ${checkpointLsn}`;
      return err(failure("command-failed", what));
    }
    await context.sleep(50);
  }
}
