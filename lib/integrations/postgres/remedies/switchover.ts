import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import {
  block,
  nodeNamed,
  type PostgresAction,
  type PostgresCheck,
  type PostgresPlan,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { managedWords, managersCheck } from "#lib/integrations/postgres/remedies/managers-check.ts";
import {
  archiveCheck,
  candidateCheck,
  capacityCheck,
  clusterCheck,
  createSight,
  diskCheck,
  machineCheck,
  type Sight,
  seenOf,
  wayBackCheck,
  workCheck,
} from "#lib/integrations/postgres/remedies/move-checks.ts";
import { movedVerification } from "#lib/integrations/postgres/remedies/moved.ts";
import { patientPoll } from "#lib/integrations/postgres/remedies/patient-poll.ts";
import { patroniPlan } from "#lib/integrations/postgres/remedies/patroni-move.ts";
import { promoteStep } from "#lib/integrations/postgres/remedies/promote.ts";
import type { Move } from "#lib/integrations/postgres/remedies/road.ts";
import { roadChecks, roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";
import {
  followStep,
  settleStep,
  slotsStep,
  startStandbyStep,
  tidyStep,
} from "#lib/integrations/postgres/remedies/standby-steps.ts";
import { checkpointStep, compareStep, stopStep } from "#lib/integrations/postgres/remedies/stop-steps.ts";

export const switchover: PostgresAction = {
  id: "switchover",
  title: "Switch over",
  about: "Makes a healthy standby the primary and the primary its standby, without losing a commit.",
  risk: "high",
  offer,
  plan: planSwitchover,
};

/** Behind at most this when it begins; nothing at all once the primary has stopped. Patroni and Stolon have the same default. */
const lagLimitBytes = 1_048_576;

function offer(config: PostgresConfig, detail: PostgresDetail | null): Offer {
  const standbys = (detail?.nodes ?? []).filter((node) => node.replica?.state === "streaming");
  const options = standbys.map((node) => ({
    value: node.name,
    label: node.name,
    hint: node.replica?.lagBytes == null ? "lag unknown" : `${formatBytes(node.replica.lagBytes)} behind`,
  }));
  return { params: [{ name: "to", label: "New primary", options }], blocked: whyNot(config, detail, options.length) };
}

function whyNot(config: PostgresConfig, detail: PostgresDetail | null, standbys: number): string | null {
  if (detail === null) return "The cluster has not been read yet";
  const { writable } = detail.cluster;
  if (writable.length === 0) return "No node takes writes: that is what failover is for";
  if (writable.length > 1) return `${writable.join(" and ")} both take writes: keep clients off one of them first`;
  if (standbys === 0) return "No standby streams";
  const managed = managedWords(config, detail, "switchover");
  if (managed !== null || config.patroni !== undefined) return managed;
  return config.standby === undefined ? "The configuration does not say how a standby logs in (`standby`)" : null;
}

function planSwitchover(
  config: PostgresConfig,
  params: Readonly<Record<string, string>>,
  detail: PostgresDetail | null,
): Result<PostgresPlan> {
  const to = nodeNamed(config, params.to);
  if (!to.ok) return to;
  const from = nodeNamed(config, detail?.cluster.primary ?? undefined);
  if (!from.ok || from.value.name === to.value.name) {
    return err(failure("no-such-object", `there is no other node that takes writes to switch over from`));
  }
  const move: Move = { from: from.value, to: to.value };
  if (config.patroni !== undefined) {
    const seen = createSight();
    const checks = [writerCheck(seen, move), clusterCheck(seen, "may be silent"), workCheck(move.from)];
    return ok(patroniPlan(config, move, "switchover", checks));
  }
  const others = config.nodes.filter((node) => node !== move.from && node !== move.to);
  const followers = [move.from, ...others];
  const sight = createSight();
  const roads = roadsOf(config);
  return ok({
    title: `Switch over from ${move.from.name} to ${move.to.name}`,
    effect: `Writes stop for a few seconds: open transactions are rolled back and clients have to connect again. Then ${move.to.name} takes writes and ${move.from.name} follows it. Until the promotion everything can be taken back; from then on it goes on to the end.`,
    touches: [...config.nodes.map((node) => `${node.name} / role`), ...roads.map((road) => road.touches)],
    node: move.from.name,
    heals: false,
    caveat: "What is set on a balancer is lost when it reloads, and is then up to its own checks.",
    preflight: [
      writerCheck(sight, move),
      clusterCheck(sight, "must be down"),
      candidateCheck(sight, move.to),
      lagCheck(move),
      syncCheck(sight, move),
      capacityCheck(sight, move.to),
      workCheck(move.from),
      archiveCheck(move.from),
      wayBackCheck(sight, move.from),
      ...roadChecks(roads, move, "lead there"),
      ...followers.concat(move.to).map((node) => machineCheck(sight, node)),
      diskCheck(move.to),
      managersCheck("switchover", move),
    ],
    steps: [
      checkpointStep(move.from),
      slotsStep(move.to, followers),
      ...roads.map((road) => road.shut(move.from, "when free")),
      stopStep(move.from, move.to),
      compareStep(move.from, move.to),
      promoteStep(move.to),
      ...roads.toReversed().map((road) => road.open(move.to)),
      settleStep(move.to),
      ...others.map((node) => followStep(node, move.to)),
      startStandbyStep(move.from, move.to),
      ...roads.flatMap((road) => road.back?.(move.from, move.to) ?? []),
      tidyStep(move.from, config.nodes),
    ],
    finally: roads.flatMap((road) => road.release?.() ?? []),
    verify: movedVerification(config, move.to, followers),
  });
}

function writerCheck(sight: Sight, { from, to }: Move): PostgresCheck {
  return {
    id: "writer",
    title: `${from.name} alone takes writes`,
    run: async (context) => {
      const looked = await sight(context);
      const writable = looked.filter(({ seen }) => seen.ok && !seen.value.inRecovery).map(({ node }) => node.name);
      if (writable.length === 1 && writable[0] === from.name)
        return pass(`${from.name} does, and no other that answers`);
      if (writable.length === 0) return block("no node takes writes");
      return block(
        `${writable.join(" and ")} ${writable.length === 1 ? "does" : "do"}; ${to.name} was to follow ${from.name}`,
      );
    },
  };
}

function lagCheck({ from, to }: Move): PostgresCheck {
  return {
    id: "lag",
    title: `${to.name} streams from ${from.name} and is at most ${formatBytes(lagLimitBytes)} behind`,
    run: async (context) => {
      const polled = await patientPoll(context);
      if (!polled.ok) return unknown(polled.error.what);
      const replica = polled.value.detail.nodes.find((node) => node.name === to.name)?.replica ?? null;
      if (replica === null) return block(`${to.name} is no standby`);
      if (replica.state !== "streaming") return block(`it is ${replica.state}: ${replica.why}`);
      if (replica.upstream !== from.name) return block(`it streams from ${replica.upstream ?? "an unknown server"}`);
      if (replica.lagBytes === null) return unknown("how far it is behind cannot be told");
      const words = `${formatBytes(replica.lagBytes)} behind`;
      return replica.lagBytes > lagLimitBytes ? block(words) : pass(words);
    },
  };
}

/** With synchronous replication a commit was promised to be on a standby: it has to be this one. */
function syncCheck(sight: Sight, { from, to }: Move): PostgresCheck {
  return {
    id: "sync",
    title: "Synchronous replication holds",
    run: async (context) => {
      const looked = await sight(context);
      const [old, next] = [seenOf(looked, from), seenOf(looked, to)];
      if (old === null || next === null) return unknown("not both of them answer");
      if (old.syncNames !== "") {
        const polled = await context.poll();
        const state = polled.ok
          ? polled.value.detail.nodes.find((node) => node.name === to.name)?.replica?.syncState
          : null;
        if (state !== "sync" && state !== "quorum")
          return block(`${to.name} is ${state ?? "not"} in sync (${old.syncNames})`);
      }
      return next.syncNames === ""
        ? pass(old.syncNames === "" ? "replication is asynchronous" : `${to.name} is in sync`)
        : warn(`as the primary ${to.name} asks for ${next.syncNames}: its commits wait until one of them follows`);
    },
  };
}
