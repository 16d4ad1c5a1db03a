import type { Alarm } from "#lib/core/alarm.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Guard } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import {
  conninfoOf,
  isRunning,
  isStandbySet,
  makePrimary,
  makeStandby,
  stopServer,
} from "#lib/integrations/postgres/remedies/machine.ts";
import { roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";
import { untilNothingWorks } from "#lib/integrations/postgres/remedies/unfinished.ts";

const prefix = "fenced:";

/** Key of the alarm that a node is left behind and must take no write. */
export function fenceKey(node: PostgresNodeConfig): string {
  return `${prefix}${node.name}`;
}

/** The alarm stands before anything is changed, and until the node is back as a standby. It never expires. */
export function fenceAlarmStep(node: PostgresNodeConfig, to: PostgresNodeConfig): PostgresStep {
  const alarm: Alarm = {
    key: fenceKey(node),
    node: node.name,
    severity: "critical",
    message: `${to.name} takes over from it: it is fenced off and must take no write until it is rejoined`,
    facts: { primary: to.name },
    action: { id: "rejoin", params: { node: node.name } },
  };
  return {
    id: "alarm",
    title: `Keep the fence of ${node.name} in sight until it is rejoined`,
    does: "an alarm that only a rejoin clears, and a guard that shuts it out again whenever it is seen",
    timeoutMs: 10_000,
    run: async ({ raise }) => {
      await raise(alarm);
      return ok("the alarm is open");
    },
    undo: async ({ clear }) => {
      await clear(alarm.key);
      return ok("the alarm was taken back");
    },
    probe: async () => ok({ stands: true, evidence: "an alarm that is open already stays" }),
  };
}

/** Where its machine can be reached, its own files keep it from coming back as a primary. */
export function fenceMachineStep(node: PostgresNodeConfig, to: PostgresNodeConfig): PostgresStep {
  return {
    id: "fence",
    title: `Fence ${node.name} on its own machine, if that answers`,
    does: `pg_ctl -m fast stop and standby.signal on ${node.name}; without its machine the balancers alone are the fence`,
    timeoutMs: 90_000,
    run: async (context) => {
      const set =
        node.machine === undefined
          ? err(failure("no-such-object", "no machine is configured"))
          : await isStandbySet(context, node);
      if (!set.ok)
        return ok(
          `its machine cannot be commanded (${set.error.what}): the balancers are the fence, and the guard when it comes back`,
        );
      await context.remember("fence-was-set", String(set.value));
      const stopped = await stopServer(context, node, "fast");
      if (!stopped.ok) return stopped;
      const fenced = await setFence(context, node, to);
      return fenced.ok ? ok(`${stopped.value}; ${fenced.value}: proven on its machine`) : fenced;
    },
    undo: async (context) => {
      if (context.recall("fence-was-set") !== "false") return ok("nothing was set there");
      return await makePrimary(context, node);
    },
    probe: async (context) => {
      const idle = node.machine === undefined ? ok(null) : await untilNothingWorks(context, node);
      const set = idle.ok ? await isStandbySet(context, node) : idle;
      return set.ok
        ? ok({ stands: set.value, evidence: set.value ? "it is set to be a standby" : "nothing is set" })
        : set;
    },
  };
}

async function setFence(
  context: Parameters<typeof makeStandby>[0],
  node: PostgresNodeConfig,
  to: PostgresNodeConfig,
): Promise<Result<string>> {
  const conninfo = conninfoOf(context.config, node, to);
  if (!conninfo.ok) return conninfo;
  const seen = await look(context, to);
  if (!seen.ok) return seen;
  return await makeStandby(context, node, { conninfo: conninfo.value, slot: null, versionNum: seen.value.versionNum });
}

/**
 * Holds a fence: a balancer that was reloaded has forgotten it, and a machine that was dead starts what it was. It acts only
 * while the node that took over is seen to take writes.
 */
export const guard: Guard<PostgresConfig> = async (context, alarm) => {
  if (!alarm.key.startsWith(prefix)) return [];
  const node = context.config.nodes.find((each) => each.name === alarm.node);
  const primary = context.config.nodes.find((each) => each.name === alarm.facts.primary);
  if (node === undefined || primary === undefined) return [];
  const did: string[] = [];
  for (const road of roadsOf(context.config)) {
    const words = await road.hold(context, node, primary);
    if (words !== null) did.push(words);
  }
  const [own, other] = await Promise.all([look(context, node), look(context, primary)]);
  const back = own.ok && !own.value.inRecovery;
  if (!back || !other.ok || other.value.inRecovery || other.value.timeline <= own.value.timeline) return did;
  const running = node.machine === undefined ? null : await isRunning(context, node);
  if (running?.ok !== true) return did;
  // As a standby first: should the stop be cut off, its next start is no primary's.
  const fenced = await setFence(context, node, primary);
  const stopped = fenced.ok ? await stopServer(context, node, "fast") : fenced;
  did.push(
    stopped.ok
      ? `Fence held: ${node.name} came back as a primary on timeline ${own.value.timeline} and was stopped`
      : `${node.name} came back as a primary and could not be stopped: ${stopped.error.what}`,
  );
  return did;
};
