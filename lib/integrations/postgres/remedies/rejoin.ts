import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import {
  ask,
  block,
  nodeNamed,
  type PostgresAction,
  type PostgresCheck,
  type PostgresPlan,
  type PostgresStep,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { fenceKey } from "#lib/integrations/postgres/remedies/fence.ts";
import { managedWords, managersCheck } from "#lib/integrations/postgres/remedies/managers-check.ts";
import {
  createSight,
  freeBytes,
  machineCheck,
  type Sight,
  seenOf,
} from "#lib/integrations/postgres/remedies/move-checks.ts";
import { endInOrderStep, rewindPossible, rewindStep } from "#lib/integrations/postgres/remedies/rewind.ts";
import { roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";
import {
  mayComeTwice,
  probeStreaming,
  slotsStep,
  startStandbyStep,
  tidyStep,
} from "#lib/integrations/postgres/remedies/standby-steps.ts";
import { idleFilesCheck, trustStep } from "#lib/integrations/postgres/remedies/unfinished.ts";
import { number } from "#lib/integrations/postgres/row.ts";

export const rejoin: PostgresAction = {
  id: "rejoin",
  title: "Rejoin as a standby",
  about: "Brings a node that was left behind back as a standby: rewound to where it diverged, or copied anew.",
  risk: "critical",
  offer,
  plan: planRejoin,
};

function offer(config: PostgresConfig, detail: PostgresDetail | null): Offer {
  const primary = detail?.cluster.primary ?? null;
  const out = (detail?.nodes ?? []).filter((node) => node.name !== primary && node.replica?.state !== "streaming");
  const options = out
    .filter((node) => config.nodes.find((each) => each.name === node.name)?.machine !== undefined)
    .map((node) => ({
      value: node.name,
      label: node.name,
      hint:
        node.failure === null
          ? `${node.role ?? "role unknown"} on timeline ${node.timeline ?? "?"}`
          : node.failure.what,
    }));
  const none = "Every node follows the primary";
  const noPrimary = primary === null ? "No node takes writes that it could follow" : null;
  const notSet =
    config.standby === undefined ? "The configuration does not say how a standby logs in (`standby`)" : null;
  return {
    params: [{ name: "node", label: "Node", options }],
    blocked:
      detail === null
        ? "The cluster has not been read yet"
        : (noPrimary ?? (options.length === 0 ? none : (managedWords(config, detail, "rejoin") ?? notSet))),
  };
}

function planRejoin(
  config: PostgresConfig,
  params: Readonly<Record<string, string>>,
  detail: PostgresDetail | null,
): Result<PostgresPlan> {
  const found = nodeNamed(config, params.node);
  if (!found.ok) return found;
  const primary = nodeNamed(config, detail?.cluster.primary ?? undefined);
  if (!primary.ok || primary.value === found.value) {
    return err(failure("no-such-object", "there is no other node that takes writes to follow"));
  }
  const [node, to] = [found.value, primary.value];
  const sight = createSight();
  const roads = roadsOf(config).filter((road) => road.back !== null);
  return ok({
    title: `Rejoin ${node.name} as a standby of ${to.name}`,
    effect: `${node.name} is stopped, its files are brought in line with ${to.name}, and it follows ${to.name}. What only ${node.name} has is given up; the plan's run says how much that is.`,
    touches: [`${node.name} / role`, ...roads.map((road) => road.touches)],
    node: node.name,
    heals: false,
    caveat:
      "Once the rewind has begun it is finished or made good by a fresh copy; a broken-off rewind leaves files nobody can use.",
    preflight: [
      primaryCheck(sight, node, to),
      leftCheck(sight, node, to),
      machineCheck(sight, node),
      idleFilesCheck(node),
      wayCheck(node, to),
      managersCheck("rejoin", { from: node, to }),
    ],
    steps: [
      ...roads.map((road) => road.shut(node, "when free")),
      slotsStep(to, [node]),
      endInOrderStep(node),
      rewindStep(node, to),
      startStandbyStep(node, to),
      // First of all, because a node that follows is not offered for a rejoin again.
      unfenceStep(node),
      trustStep(node),
      tidyStep(node, config.nodes),
      ...roads.flatMap((road) => road.back?.(node, to) ?? []),
    ],
    verify: {
      title: `${node.name} follows ${to.name}`,
      consecutive: 3,
      everyMs: 500,
      timeoutMs: 60_000,
      probe: async (context) => {
        const seen = await probeStreaming(context, node, to);
        return seen.ok
          ? { holds: seen.value.stands, evidence: seen.value.evidence }
          : { holds: false, evidence: seen.error.what };
      },
    },
  });
}

function primaryCheck(sight: Sight, node: PostgresNodeConfig, to: PostgresNodeConfig): PostgresCheck {
  return {
    id: "primary",
    title: `${to.name} takes writes, and nobody else but ${node.name} could`,
    run: async (context) => {
      const looked = await sight(context);
      const facts = seenOf(looked, to);
      if (facts === null) return unknown(`${to.name} does not answer`);
      if (facts.inRecovery) return block(`${to.name} is a standby`);
      const others = looked.filter(
        ({ node: each, seen }) => seen.ok && !seen.value.inRecovery && each !== to && each !== node,
      );
      if (others.length > 0) return block(`${others.map((each) => each.node.name).join(" and ")} takes writes, too`);
      return pass(`${to.name} takes writes on timeline ${facts.timeline}`);
    },
  };
}

/** A node that is ahead, or well, must not be rewound. */
function leftCheck(sight: Sight, node: PostgresNodeConfig, to: PostgresNodeConfig): PostgresCheck {
  return {
    id: "left-behind",
    title: `${node.name} is left behind`,
    run: async (context) => {
      const looked = await sight(context);
      const [own, other] = [seenOf(looked, node), seenOf(looked, to)];
      if (other === null) return unknown(`${to.name} does not answer`);
      if (own === null) return pass(`${node.name} does not answer as a server`);
      if (own.receiver?.status === "streaming") return block(`${node.name} streams: there is nothing to rejoin`);
      if (own.timeline > other.timeline) return block(`${node.name} is on the higher timeline ${own.timeline}`);
      if (!own.inRecovery && own.timeline === other.timeline)
        return block("both take writes on one timeline: a copied folder");
      return pass(
        `${own.inRecovery ? "a standby without a source" : "a former primary"} on timeline ${own.timeline}, ${to.name} is on ${other.timeline}`,
      );
    },
  };
}

/** A rewind, or room for a whole copy. */
function wayCheck(node: PostgresNodeConfig, to: PostgresNodeConfig): PostgresCheck {
  return {
    id: "way",
    title: "It can be rewound, or there is room for a fresh copy",
    run: async (context) => {
      const [rewind, free, size] = await Promise.all([
        rewindPossible(context, node),
        freeBytes(context, node, node.machine?.data ?? "/"),
        ask(context, to, "SELECT sum(pg_database_size(oid))::float8 AS bytes FROM pg_database"),
      ]);
      const bytes = size.ok ? number(size.value[0]?.bytes) : null;
      const fits = free !== null && bytes !== null && free > bytes * 1.2;
      const room = `${free === null ? "unknown" : formatBytes(free)} free, a copy takes ${bytes === null ? "an unknown size" : formatBytes(bytes)}`;
      if (rewind.ok)
        return fits
          ? pass(`${rewind.value}; ${room}`)
          : warn(`${rewind.value}; no room for a copy should that fail: ${room}`);
      return fits ? warn(`a fresh copy: ${rewind.error.what}; ${room}`) : block(`${rewind.error.what}, and ${room}`);
    },
  };
}

function unfenceStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "unfence",
    title: `Lift the fence of ${node.name}`,
    does: "the alarm is cleared: it is a standby again",
    timeoutMs: 10_000,
    run: async (context) => {
      await context.clear(fenceKey(node));
      return ok("no alarm is left");
    },
    probe: mayComeTwice,
  };
}
