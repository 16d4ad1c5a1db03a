import { ok, type Result } from "#lib/core/result.ts";
import type { Standing } from "#lib/integrations/integration.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { ask, type Context, type PostgresStep, versionOf } from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import {
  conninfoOf,
  isRunning,
  makeStandby,
  reloadServer,
  type StandbySettings,
  slotNameOf,
  startServer,
  stopServer,
} from "#lib/integrations/postgres/remedies/machine.ts";
import { text } from "#lib/integrations/postgres/row.ts";

/**
 * Makes slots on the coming primary for all that will follow it, before they need them. Only where slots are used: a slot
 * that nobody reads from fills the disk.
 */
export function slotsStep(candidate: PostgresNodeConfig, followers: readonly PostgresNodeConfig[]): PostgresStep {
  const wanted = followers.map(slotNameOf);
  return {
    id: "slots",
    title: `Make the slots that ${candidate.name} will need`,
    does: `SELECT pg_create_physical_replication_slot(name, true) for ${wanted.join(", ")}, where slots are used`,
    timeoutMs: 20_000,
    run: async (context) => {
      const own = await look(context, candidate);
      if (!own.ok) return own;
      if ((await slotsUsed(context, candidate)) === false) return ok("this cluster uses no slots");
      const there = await slotsOf(context, candidate);
      if (!there.ok) return there;
      const missing = wanted.filter((name) => !there.value.includes(name));
      await context.remember("made", missing.join(","));
      for (const name of missing) {
        const made = await ask(
          context,
          candidate,
          "SELECT pg_create_physical_replication_slot($1, true)::text AS made",
          [name],
        );
        if (!made.ok) return made;
      }
      return ok(missing.length === 0 ? "all are there" : `made ${missing.join(", ")}`);
    },
    undo: async (context) => {
      const made = (context.recall("made") ?? "").split(",").filter((name) => name !== "");
      const dropped = await dropSlots(context, candidate, made);
      return dropped.ok
        ? ok(dropped.value.length === 0 ? "no slot was made" : `dropped ${dropped.value.join(", ")}`)
        : dropped;
    },
  };
}

/** Whether a standby of this cluster reads from a slot; the candidate itself is one. */
async function slotsUsed(context: Context, candidate: PostgresNodeConfig): Promise<boolean> {
  const sql = "SELECT nullif(current_setting('primary_slot_name', true), '') AS slot";
  const answer = await ask(context, candidate, sql);
  return answer.ok && text(answer.value[0]?.slot, 63) !== null;
}

async function slotsOf(context: Context, node: PostgresNodeConfig): Promise<Result<string[]>> {
  const sql = "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'physical'";
  const answer = await ask(context, node, sql);
  return answer.ok ? ok(answer.value.flatMap((row) => text(row.slot_name, 63) ?? [])) : answer;
}

/** Drops those of them that nobody reads from; returns which. */
async function dropSlots(
  context: Context,
  node: PostgresNodeConfig,
  names: readonly string[],
): Promise<Result<string[]>> {
  const sql = `SELECT slot_name, pg_drop_replication_slot(slot_name)::text FROM pg_replication_slots
WHERE slot_name = ANY($1::text[]) AND slot_type = 'physical' AND NOT active`;
  const answer = await ask(context, node, sql, [names]);
  return answer.ok ? ok(answer.value.flatMap((row) => text(row.slot_name, 63) ?? [])) : answer;
}

/** A standby keeps what slots were on it when it was the primary, and the log for them: those of the nodes of this service go. */
export function tidyStep(node: PostgresNodeConfig, all: readonly PostgresNodeConfig[]): PostgresStep {
  const names = all.map(slotNameOf);
  return {
    id: "tidy",
    title: `Drop the slots that ${node.name} no longer needs`,
    does: `SELECT pg_drop_replication_slot(…) on ${node.name} for ${names.join(", ")}, where nobody reads from them`,
    timeoutMs: 15_000,
    run: async (context) => {
      const dropped = await dropSlots(context, node, names);
      if (!dropped.ok) return dropped;
      return ok(dropped.value.length === 0 ? "there were none" : `dropped ${dropped.value.join(", ")}`);
    },
    probe: mayComeTwice,
  };
}

/** For what is done again after a crash, because that changes nothing more. */
export async function mayComeTwice(): Promise<Result<Standing>> {
  return ok({ stands: false, evidence: "it may come twice, and is done again" });
}

/** The new primary's first checkpoint: pg_rewind looks for its timeline there, and followers begin from it. */
export function settleStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "settle",
    title: `Checkpoint on ${node.name}`,
    does: "CHECKPOINT",
    timeoutMs: 120_000,
    run: async (context) => {
      const seen = await look(context, node);
      if (!seen.ok) return seen;
      if (!seen.value.mayCheckpoint) return ok("left to the server: the role may not");
      const done = await ask(context, node, "CHECKPOINT", [], 115_000);
      return done.ok ? ok("done") : done;
    },
    probe: mayComeTwice,
  };
}

/** Points a running standby at the new primary. From 13 on a reload is enough, before that it takes a restart. */
export function followStep(node: PostgresNodeConfig, primary: PostgresNodeConfig): PostgresStep {
  return {
    id: `follow-${node.name}`,
    title: `Let ${node.name} follow ${primary.name}`,
    does: `primary_conninfo of ${node.name} to ${primary.address}:${primary.port}; pg_ctl reload, or a restart before 13`,
    timeoutMs: 100_000,
    run: async (context) => {
      const running = await isRunning(context, node);
      if (!running.ok) return running;
      if (!running.value) return ok(`${node.name} does not run; it is left as it is`);
      const set = await setUpstream(context, node, primary);
      if (!set.ok) return set;
      const seen = await look(context, node);
      const reloads = seen.ok && seen.value.versionNum >= 130_000;
      const stopped = reloads ? ok("") : await stopServer(context, node);
      if (!stopped.ok) return stopped;
      const taken = reloads ? await reloadServer(context, node) : await startServer(context, node);
      return taken.ok ? await untilStreaming(context, node, primary) : taken;
    },
    probe: (context) => probeFollowing(context, node, primary),
  };
}

/** Starts the old primary as a standby of the new one. */
export function startStandbyStep(node: PostgresNodeConfig, primary: PostgresNodeConfig): PostgresStep {
  return {
    id: `start-${node.name}`,
    ends: ["stop", "end-in-order"],
    title: `Start ${node.name} as a standby of ${primary.name}`,
    does: `standby.signal and primary_conninfo on ${node.name}, then its start command`,
    timeoutMs: 120_000,
    run: async (context) => {
      const set = await setUpstream(context, node, primary);
      if (!set.ok) return set;
      const started = await startServer(context, node);
      return started.ok ? await untilStreaming(context, node, primary) : started;
    },
    probe: (context) => probeFollowing(context, node, primary),
  };
}

/** Written on its machine, whether or not it runs. The slot is named only if the primary has it. */
export async function setUpstream(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<string>> {
  const settings = await upstreamSettings(context, node, primary);
  return settings.ok ? await makeStandby(context, node, settings.value) : settings;
}

/** How `node` is to follow `primary`. */
export async function upstreamSettings(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<StandbySettings>> {
  const conninfo = conninfoOf(context.config, node, primary);
  if (!conninfo.ok) return conninfo;
  const seen = await versionOf(context, primary);
  if (!seen.ok) return seen;
  const slots = await slotsOf(context, primary);
  if (!slots.ok) return slots;
  const slot = slots.value.includes(slotNameOf(node)) ? slotNameOf(node) : null;
  return ok({ conninfo: conninfo.value, slot, versionNum: seen.value });
}

async function untilStreaming(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<string>> {
  for (let last = ""; ; ) {
    const now = await probeStreaming(context, node, primary);
    if (now.ok && now.value.stands) return ok(now.value.evidence);
    const words = now.ok ? now.value.evidence : now.error.what;
    if (words !== last) context.output(`not yet: ${words}`, node.name);
    last = words;
    await context.sleep(200);
  }
}

/**
 * The same, of a step that may come twice. A server that is down or starts up answers nobody, and its machine knows: then it is
 * started, rather than left in doubt.
 */
async function probeFollowing(
  context: Context,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<Result<Standing>> {
  const seen = await probeStreaming(context, node, primary);
  if (seen.ok) return seen;
  const running = await isRunning(context, node);
  if (!running.ok) return seen;
  return ok({ stands: false, evidence: `${node.name} ${running.value ? "runs and does not answer yet" : "is down"}` });
}

/** Whether it is a standby that streams on the primary's own timeline. */
export async function probeStreaming(context: Context, node: PostgresNodeConfig, primary: PostgresNodeConfig) {
  const [own, other] = await Promise.all([look(context, node), look(context, primary)]);
  if (!own.ok) return own;
  if (!other.ok) return other;
  const { inRecovery, receiver, timeline } = own.value;
  const stands = inRecovery && receiver?.status === "streaming" && timeline === other.value.timeline;
  const how = inRecovery ? (receiver === null ? "has no receiver" : `is ${receiver.status}`) : "takes writes itself";
  return ok({
    stands,
    evidence: `${node.name} ${how} on timeline ${timeline}, ${primary.name} is on ${other.value.timeline}`,
  });
}
