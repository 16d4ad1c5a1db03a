import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { CheckResult, Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
import { lsnDistanceBytes } from "#lib/integrations/postgres/lsn.ts";
import {
  block,
  type Context,
  nodeNamed,
  type PostgresAction,
  type PostgresCheck,
  type PostgresPlan,
  type PostgresStep,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { fenceAlarmStep, fenceMachineStep } from "#lib/integrations/postgres/remedies/fence.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import { isRunning, runOn } from "#lib/integrations/postgres/remedies/machine.ts";
import { managedWords, managersCheck } from "#lib/integrations/postgres/remedies/managers-check.ts";
import {
  candidateCheck,
  capacityCheck,
  clusterCheck,
  createSight,
  diskCheck,
  type Sight,
  seenOf,
  worstOf,
} from "#lib/integrations/postgres/remedies/move-checks.ts";
import { movedVerification } from "#lib/integrations/postgres/remedies/moved.ts";
import { patroniPlan } from "#lib/integrations/postgres/remedies/patroni-move.ts";
import { promoteStep } from "#lib/integrations/postgres/remedies/promote.ts";
import type { Move, Road } from "#lib/integrations/postgres/remedies/road.ts";
import { roadChecks, roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";
import { followStep, settleStep, slotsStep } from "#lib/integrations/postgres/remedies/standby-steps.ts";

export const failover: PostgresAction = {
  id: "failover",
  title: "Fail over",
  about: "Makes a standby the primary because the primary is dead; what it had not sent is lost.",
  risk: "critical",
  cooldownMs: 3_600_000,
  offer,
  plan: planFailover,
};

function offer(config: PostgresConfig, detail: PostgresDetail | null): Offer {
  const standbys = (detail?.nodes ?? []).filter((node) => node.failure === null && node.role === "replica");
  const ahead = [...standbys].sort((a, b) => lsnDistanceBytes(receivedBy(b), receivedBy(a)) ?? 0);
  const options = ahead.map((node, at) => ({
    value: node.name,
    label: node.name,
    hint: `received up to ${receivedBy(node) ?? "an unknown position"}${at === 0 ? " · most advanced" : ""}`,
  }));
  return { params: [{ name: "to", label: "New primary", options }], blocked: whyNot(config, detail, options.length) };
}

function receivedBy({ lsn }: PostgresNode): string | null {
  const ahead = lsnDistanceBytes(lsn.receive, lsn.replay) ?? 0;
  return ahead >= 0 ? (lsn.receive ?? lsn.replay) : lsn.replay;
}

function whyNot(config: PostgresConfig, detail: PostgresDetail | null, standbys: number): string | null {
  if (detail === null) return "The cluster has not been read yet";
  const { writable } = detail.cluster;
  if (writable.length > 0) return `${writable.join(" and ")} ${writable.length === 1 ? "takes" : "take"} writes`;
  if (standbys === 0) return "No standby answers";
  if (lostPrimary(detail) === null) return "It is not known which node was the primary";
  const managed = managedWords(config, detail, "failover");
  if (managed !== null || config.patroni !== undefined) return managed;
  return config.standby === undefined ? "The configuration does not say how a standby logs in (`standby`)" : null;
}

function lostPrimary(detail: PostgresDetail | null): PostgresNode | null {
  const lost = (detail?.nodes ?? []).filter((node) => node.failure !== null && node.role === "primary");
  return lost.length === 1 ? (lost[0] ?? null) : null;
}

function planFailover(
  config: PostgresConfig,
  params: Readonly<Record<string, string>>,
  detail: PostgresDetail | null,
): Result<PostgresPlan> {
  const to = nodeNamed(config, params.to);
  if (!to.ok) return to;
  const lost = lostPrimary(detail);
  const from = nodeNamed(config, lost?.name);
  if (!from.ok || lost === null) return err(failure("no-such-object", "no lost primary is known to fail over from"));
  const move: Move = { from: from.value, to: to.value };
  const others = config.nodes.filter((node) => node !== move.from && node !== move.to);
  const sight = createSight();
  const roads = roadsOf(config);
  const last = lost.lastWritten ?? null;
  if (config.patroni !== undefined) {
    const checks = [noWriterCheck(sight), unheardCheck(sight, move.from), lossCheck(sight, move.to, last)];
    return ok(patroniPlan(config, move, "failover", checks));
  }
  return ok({
    title: `Fail over from ${move.from.name} to ${move.to.name}`,
    effect: `${move.to.name} takes writes. What ${move.from.name} committed and had not sent is lost, unless it is found on its disk when it is rejoined. ${move.from.name} is fenced: it must take no write when it comes back.`,
    touches: [...config.nodes.map((node) => `${node.name} / role`), ...roads.map((road) => road.touches)],
    node: move.from.name,
    heals: false,
    caveat:
      "The fence stands on the balancers and in Pitwall: a client that goes to the old primary directly is not stopped by it.",
    preflight: [
      noWriterCheck(sight),
      unheardCheck(sight, move.from),
      deadCheck(move.from, others.concat(move.to), roads),
      clusterCheck(sight, "may be silent"),
      candidateCheck(sight, move.to),
      mostAdvancedCheck(sight, move),
      lossCheck(sight, move.to, last),
      capacityCheck(sight, move.to),
      ...roadChecks(roads, move, "be anything"),
      fenceCheck(move.from, roads),
      diskCheck(move.to),
      managersCheck("failover", move),
    ],
    steps: [
      fenceAlarmStep(move.from, move.to),
      ...roads.map((road) => road.shut(move.from, "at once")),
      fenceMachineStep(move.from, move.to),
      replayedStep(move.to),
      slotsStep(move.to, [move.from, ...others]),
      promoteStep(move.to),
      ...roads.toReversed().map((road) => road.open(move.to)),
      settleStep(move.to),
      ...others.map((node) => followStep(node, move.to)),
      measureStep(move.to, last),
    ],
    verify: movedVerification(config, move.to, others, "those that answer"),
  });
}

function noWriterCheck(sight: Sight): PostgresCheck {
  return {
    id: "no-writer",
    title: "No node takes writes",
    run: async (context) => {
      const looked = await sight(context);
      const writable = looked.filter(({ seen }) => seen.ok && !seen.value.inRecovery).map(({ node }) => node.name);
      return writable.length === 0 ? pass("none that answers does") : block(`${writable.join(" and ")} does`);
    },
  };
}

/** A standby that streams hears from a living primary, whatever we see of it. */
function unheardCheck(sight: Sight, from: PostgresNodeConfig): PostgresCheck {
  return {
    id: "unheard",
    title: `No standby hears from ${from.name}`,
    run: async (context) => {
      const looked = await sight(context);
      const hearing = looked.flatMap(({ node, seen }) => {
        if (!seen.ok || seen.value.receiver?.status !== "streaming") return [];
        const { silentS } = seen.value.receiver;
        const when = silentS === null ? "" : ` (last heard ${formatDuration(silentS * 1_000)} ago)`;
        return [`${node.name} still streams${when}`];
      });
      if (hearing.length > 0)
        return block(`${hearing.join("; ")}: the primary lives, and only the way to it is broken`);
      return pass("no standby that answers has a receiver");
    },
  };
}

/** By every way there is: directly, on its own machine, from the other machines, and by the balancers. */
function deadCheck(
  from: PostgresNodeConfig,
  others: readonly PostgresNodeConfig[],
  ways: readonly Road[],
): PostgresCheck {
  return {
    id: "dead",
    title: `${from.name} answers nobody`,
    run: async (context) => {
      const [direct, machine, peers, roads] = await Promise.all([
        look(context, from).then((seen): CheckResult => {
          return seen.ok ? block(`${from.name} answers us`) : pass(`to us: ${seen.error.what}`);
        }),
        askMachine(context, from),
        Promise.all(others.map((node) => askFrom(context, node, from))),
        Promise.all(ways.map((road) => road.hears(context, from))),
      ]);
      return worstOf([direct, machine, ...peers, ...roads]);
    },
  };
}

async function askMachine(context: Context, from: PostgresNodeConfig): Promise<CheckResult> {
  if (from.machine === undefined) return warn("its machine is not configured");
  const running = await isRunning(context, from);
  if (!running.ok) return pass(`its machine: ${running.error.what}`);
  if (running.value) return block("its machine answers, and PostgreSQL runs there");
  return warn("its machine answers and PostgreSQL is stopped there: starting it again would lose nothing");
}

/** Exit codes of pg_isready: 0 accepts, 1 rejects (it lives), 2 no answer. */
async function askFrom(context: Context, node: PostgresNodeConfig, from: PostgresNodeConfig): Promise<CheckResult> {
  if (node.machine === undefined) return warn(`not asked from ${node.name}`);
  const argv = [`${node.machine.bin}/pg_isready`, "-h", from.address, "-p", String(from.port), "-t", "3"] as const;
  const answer = await runOn(context, node, argv, { timeoutMs: 8_000 });
  if (!answer.ok) return warn(`not asked from ${node.name}: ${answer.error.what}`);
  if (answer.value.exitCode === 2) return pass(`nothing from ${node.name}`);
  return answer.value.exitCode === 0 || answer.value.exitCode === 1
    ? block(`it answers ${node.name}`)
    : warn(`pg_isready on ${node.name} could not ask`);
}

function mostAdvancedCheck(sight: Sight, { from, to }: Move): PostgresCheck {
  return {
    id: "most-advanced",
    title: `No other standby has more than ${to.name}`,
    run: async (context) => {
      const looked = await sight(context);
      const mine = seenOf(looked, to);
      if (mine === null) return unknown(`${to.name} does not answer`);
      const own = endOf(mine);
      const results = looked.flatMap(({ node, seen }): CheckResult[] => {
        if (node.name === from.name || node.name === to.name) return [];
        if (!seen.ok) return [warn(`${node.name} cannot be asked, it might have more`)];
        if (seen.value.timeline > mine.timeline) return [block(`${node.name} is on timeline ${seen.value.timeline}`)];
        const more = lsnDistanceBytes(endOf(seen.value), own);
        if (more === null) return [unknown(`${node.name} cannot be compared`)];
        return more > 0 ? [block(`${node.name} has ${formatBytes(more)} more`)] : [pass(`${node.name} has no more`)];
      });
      return results.length === 0 ? pass("there is no other standby") : worstOf(results);
    },
  };
}

/** The end of what a standby has: a restart makes the received position begin behind the replayed one. */
function endOf({ receiveLsn, replayLsn }: { readonly receiveLsn: string | null; readonly replayLsn: string | null }) {
  return (lsnDistanceBytes(receiveLsn, replayLsn) ?? -1) >= 0 ? receiveLsn : replayLsn;
}

/** Stated before anything is done: what was last seen written against what the standby has. */
function lossCheck(
  sight: Sight,
  to: PostgresNodeConfig,
  last: (PostgresNode["lastWritten"] & object) | null,
): PostgresCheck {
  return {
    id: "loss",
    title: "What would be lost",
    run: async (context) => {
      const mine = seenOf(await sight(context), to);
      if (mine === null) return unknown(`${to.name} does not answer`);
      return warn(lossWords(context, last, endOf(mine), to));
    },
  };
}

function lossWords(
  context: Context,
  last: { readonly lsn: string; readonly at: number } | null,
  end: string | null,
  to: PostgresNodeConfig,
): string {
  if (last === null) return "the old primary's last position was not seen by this poller: the loss is not known";
  const bytes = lsnDistanceBytes(last.lsn, end);
  const age = formatDuration(Math.max(0, context.now() - last.at));
  if (bytes === null) return `it last wrote at ${last.lsn}, ${age} ago; ${to.name} cannot be compared`;
  const behind = bytes > 0 ? `${to.name} lacks ${formatBytes(bytes)} of that` : `${to.name} has all of that`;
  return `it was last seen writing at ${last.lsn}, ${age} ago; ${behind}; what it wrote after is lost as far as it was not sent`;
}

function fenceCheck(from: PostgresNodeConfig, roads: readonly Road[]): PostgresCheck {
  return {
    id: "fence",
    title: `How ${from.name} is kept from taking writes`,
    run: async (context) => {
      const running = from.machine === undefined ? null : await isRunning(context, from);
      if (running?.ok) return pass("its machine answers: by its own files, and by the balancers");
      if (roads.length === 0) return block("neither its machine nor a balancer can be commanded");
      const ways = await Promise.all(roads.map((road) => road.fences(context, from)));
      const bypass = "and by Pitwall when it comes back; not for clients that bypass them";
      return worstOf([warn(`its machine does not answer: by its roads, ${bypass}`), ...ways]);
    },
  };
}

/** It must have applied all that it received before it is promoted. */
function replayedStep(to: PostgresNodeConfig): PostgresStep {
  return {
    id: "replayed",
    title: `${to.name} applies all that it received`,
    does: `wait until the replayed position of ${to.name} is that of what it received`,
    timeoutMs: 120_000,
    changes: false,
    run: async (context) => {
      for (;;) {
        const seen = await look(context, to);
        if (!seen.ok) return seen;
        const { receiveLsn, replayLsn } = seen.value;
        const left = lsnDistanceBytes(receiveLsn, replayLsn);
        if (left === null || left <= 0) {
          await context.remember("fork", replayLsn ?? "");
          return ok(`${to.name} applied everything up to ${replayLsn ?? "an unknown position"}`);
        }
        await context.sleep(200);
      }
    },
    probe: async () => ok({ stands: true, evidence: "it only waits" }),
  };
}

/** Said again when it is over, against where the new primary really began. */
function measureStep(to: PostgresNodeConfig, last: { readonly lsn: string; readonly at: number } | null): PostgresStep {
  return {
    id: "measure",
    title: "Tell what was lost",
    does: "the old primary's last known position against where the new timeline begins",
    timeoutMs: 10_000,
    changes: false,
    run: async (context) => {
      const fork = context.recall("fork") ?? "";
      const words = lossWords(context, last, fork === "" ? null : fork, to);
      return ok(
        `the new timeline begins at ${fork === "" ? "an unknown position" : fork}: ${words}; a rejoin measures it on the old disk`,
      );
    },
    probe: async () => ok({ stands: true, evidence: "it only tells" }),
  };
}
