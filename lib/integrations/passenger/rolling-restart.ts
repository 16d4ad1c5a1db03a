import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, CheckResult, Surroundings } from "#lib/integrations/integration.ts";
import type { Context } from "#lib/integrations/passenger/ask-node.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerApp, PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import {
  type Member,
  memberOf,
  type PassengerPlan,
  type PassengerStep,
  poolServes,
} from "#lib/integrations/passenger/member.ts";
import { appField, listingNodes, probeRestarted } from "#lib/integrations/passenger/restart-app.ts";

/** How long the first node is watched under traffic before the next one follows. */
const holds = [
  { value: "5s", label: "5 s", ms: 5_000 },
  { value: "1min", label: "1 min", ms: 60_000 },
  { value: "5min", label: "5 min", ms: 300_000 },
] as const;

/** Restarts an app on all nodes, one after the other, each drained; the first one is a canary. */
export const rollingRestart: Action<PassengerConfig, PassengerDetail> = {
  id: "rolling-restart",
  title: "Rolling restart of an app",
  about:
    "Restarts an app on every host, one at a time, each drained first. The first is watched before the others follow, and it stops at the first that is not well.",
  risk: "high",
  cooldownMs: 60_000,
  budget: { runs: 2, withinMs: 3_600_000 },
  offer: (config, detail) => {
    const nodes = listingNodes(detail);
    const few = config.nodes.length < 2 ? "With one host there is nothing to roll: drain and restart it" : null;
    const missing = config.nodes.find((node) => !nodes.some((each) => each.name === node.name));
    const bad = missing === undefined ? null : `${missing.name} lists no app: put that right first`;
    const hold = {
      name: "hold",
      label: "Watch the first for",
      options: holds.map(({ value, label }) => ({ value, label })),
    };
    return {
      params: [appField(nodes), hold],
      blocked: detail === null ? "The hosts were not looked at yet" : (few ?? bad),
    };
  },
  plan: planRolling,
};

function planRolling(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
  detail: PassengerDetail | null,
  around?: Surroundings,
): Result<PassengerPlan> {
  const app = (detail?.nodes ?? []).flatMap((each) => each.apps).find((each) => each.name === params.app);
  const hold = holds.find((one) => one.value === params.hold);
  if (app === undefined) return err(failure("no-such-object", `no node lists an app ${params.app ?? "(none named)"}`));
  if (hold === undefined) return err(failure("no-such-object", "the time to watch is none of those to choose from"));
  const nodes = worstFirst(config, detail);
  const appOn = nodes.map((node) => ({ node, app: appHere(node, app, detail) }));
  const members: Member[] = [];
  for (const one of appOn) {
    const member = memberOf(one.node, one.app, around);
    if (!member.ok) return member;
    members.push(member.value);
  }
  const rest = nodes.length - 1;
  return ok({
    title: `Rolling restart of ${app.label} on ${nodes.length} hosts`,
    effect: `One of ${nodes.length} at a time leaves its balancers, ${rest} of ${nodes.length} (${Math.floor((100 * rest) / nodes.length)} %) keep serving. Order: ${nodes.map((node) => node.name).join(", ")}. After the first it is watched for ${formatDuration(hold.ms)}. It stops at the first host that is not well, and that one stays out.`,
    touches: [...new Set(members.flatMap((member) => member.touches))],
    locks: [...new Set(members.flatMap((member) => member.locks))],
    heals: false,
    preflight: [
      { id: "pool", title: "Every host serves", run: (context) => checkPool(context, nodes) },
      ...members.flatMap((member) => member.preflight),
    ],
    steps: members.flatMap((member, at) => [
      ...(at === 0 ? [] : [poolStep(nodes, at)]),
      ...member.steps.map((step) => tellingHalf(step, app)),
      ...(at === 0 ? [canaryStep(nodes, hold.ms)] : []),
    ]),
    verify: {
      title: `${app.label} runs in new processes on all ${nodes.length} hosts, and nobody is left drained`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 60_000,
      probe: async (context) => {
        const seen = await Promise.all(appOn.map((one) => probeRestarted(context, one.node, one.app)));
        const evidence = seen.map((one, at) => `${nodes[at]?.name}: ${one.evidence}`).join("; ");
        return { holds: seen.every((one) => one.holds), evidence };
      },
    },
  });
}

/** Hosts that differ in when their app began may differ in what it is: a roll that ends among them is told until somebody looked. */
function tellingHalf(step: PassengerStep, { label }: PassengerApp): PassengerStep {
  if (!step.id.endsWith(":restart")) return step;
  return { ...step, stands: `${label} on ${step.group} was restarted before the roll broke off` };
}

/** A group may be called by another path on each node; the label says that it is the same app. */
function appHere(node: PassengerNodeConfig, app: PassengerApp, detail: PassengerDetail | null): PassengerApp {
  const apps = detail?.nodes.find((each) => each.name === node.name)?.apps ?? [];
  return apps.find((each) => each.name === app.name) ?? apps.find((each) => each.label === app.label) ?? app;
}

/**
 * Those with stuck processes go first: they have the least to lose. By nothing that comes and goes like a queue, or the
 * plan that somebody confirms would not be the one that was shown.
 */
function worstFirst(config: PassengerConfig, detail: PassengerDetail | null): PassengerNodeConfig[] {
  const stuck = (node: PassengerNodeConfig) => {
    const seen = detail?.nodes.find((each) => each.name === node.name);
    return seen?.apps.some((app) => app.processes.some((process) => process.stuck)) === true ? 1 : 0;
  };
  return config.nodes.toSorted((a, b) => stuck(b) - stuck(a));
}

async function checkPool(context: Context, nodes: readonly PassengerNodeConfig[]): Promise<CheckResult> {
  const { well, evidence } = await poolServes(context, nodes);
  return { verdict: well ? "pass" : "block", evidence };
}

/** The stop rule: nobody else is taken out while one is not well. */
function poolStep(nodes: readonly PassengerNodeConfig[], at: number): PassengerStep {
  return {
    id: `pool-${at}`,
    title: `Look whether all ${nodes.length} hosts serve`,
    does: "passenger-status on every host",
    timeoutMs: 30_000,
    changes: false,
    group: `before ${at}`,
    run: (context) => stopUnlessWell(context, nodes),
  };
}

function canaryStep(nodes: readonly PassengerNodeConfig[], holdMs: number): PassengerStep {
  return {
    id: "canary",
    title: `Watch ${nodes[0]?.name} for ${formatDuration(holdMs)}`,
    does: "passenger-status on every host, again and again",
    timeoutMs: holdMs + 60_000,
    changes: false,
    group: "canary",
    run: async (context) => {
      const endAt = performance.now() + holdMs;
      for (;;) {
        const seen = await stopUnlessWell(context, nodes);
        if (!seen.ok || performance.now() >= endAt) return seen;
        await context.sleep(1_000);
      }
    },
  };
}

async function stopUnlessWell(context: Context, nodes: readonly PassengerNodeConfig[]): Promise<Result<string>> {
  const { well, evidence } = await poolServes(context, nodes);
  return well ? ok(evidence) : err(failure("command-failed", `stopped, because not all are well: ${evidence}`));
}
