import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ActionPlan, Neighbour, Step, Surroundings } from "#lib/integrations/integration.ts";
import { askNode, type Context, isServing } from "#lib/integrations/passenger/ask-node.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerApp, PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { probeRestarted, restartStep } from "#lib/integrations/passenger/restart-app.ts";

export type PassengerStep = Step<PassengerConfig, PassengerDetail>;
export type PassengerPlan = ActionPlan<PassengerConfig, PassengerDetail>;

/** One node's way through a drained restart: out of every balancer, restarted, and back in when it is fit. */
export interface Member {
  readonly preflight: PassengerPlan["preflight"];
  readonly steps: readonly PassengerStep[];
  readonly touches: readonly string[];
  readonly locks: readonly string[];
  /** `lb: learn/web-01`. */
  readonly places: readonly string[];
}

/** New processes must serve so often in a row, within so long, before the node gets requests again. */
const serves = { inARow: 3, withinMs: 120_000, everyMs: 500 };

/** Failure: `no-such-object` when no balancer that Pitwall watches has the node. */
export function memberOf(
  node: PassengerNodeConfig,
  app: Pick<PassengerApp, "name" | "label">,
  around: Surroundings | undefined,
): Result<Member> {
  const outs = placesOf(around, "server-out", node.name);
  const ins = placesOf(around, "server-in", node.name);
  if (outs.length === 0 || ins.length === 0) {
    const what = `no balancer that Pitwall watches has a server ${node.name}, so it cannot be drained first`;
    return err(failure("no-such-object", what));
  }
  const parts: { out: ActionPlan; in: ActionPlan; prefix: string; place: string }[] = [];
  for (const { neighbour, server } of outs) {
    const back = ins.find((one) => one.neighbour.serviceId === neighbour.serviceId && one.server === server);
    const out = neighbour.part({ server });
    const into = back?.neighbour.part({ server });
    if (!out.ok) return out;
    if (into === undefined || !into.ok) return into ?? err(failure("no-such-object", `${server} cannot be put back`));
    const place = `${neighbour.name}: ${server}`;
    parts.push({ out: out.value, in: into.value, prefix: `${node.name}:${server}:`, place });
  }
  const named = (prefix: string, steps: ActionPlan["steps"]) => steps.map((step) => inGroup(step, prefix, node.name));
  const out = parts.flatMap((part) => named(part.prefix, part.out.steps));
  const back = parts.flatMap((part) => named(part.prefix, part.in.steps));
  const isWait = (step: PassengerStep) => step.id.endsWith(":empty");
  // First out of all balancers, then waiting for all of them: the requests end side by side.
  const steps = [...out.filter((step) => !isWait(step)), ...out.filter(isWait), ...restarted(node, app), ...back];
  return ok({
    steps,
    preflight: parts.flatMap((part) =>
      part.out.preflight.map((check) => ({ ...check, id: `${part.prefix}${check.id}` })),
    ) as Member["preflight"],
    touches: [...parts.flatMap((part) => part.out.touches), `${node.name} / ${app.name}`],
    locks: parts.flatMap((part) => part.out.locks ?? []),
    places: parts.map((part) => part.place),
  });
}

function placesOf(around: Surroundings | undefined, action: string, node: string) {
  const found = around?.offering(action) ?? [];
  return found.flatMap((neighbour: Neighbour) =>
    (neighbour.offer.params[0]?.options ?? [])
      .filter((option) => option.node === node)
      .map((option) => ({ neighbour, server: option.value })),
  );
}

/** The same step under a name of this node's own. What it is handed is its own service's, which the engine sees to. */
function inGroup(step: Step, prefix: string, group: string): PassengerStep {
  const ends = step.ends === undefined ? {} : { ends: step.ends.map((id) => `${prefix}${id}`) };
  return { ...step, id: `${prefix}${step.id}`, group, ...ends } as PassengerStep;
}

/** Once it is restarted it goes on: a node that does not come up stays out, and is told. */
function restarted(node: PassengerNodeConfig, app: Pick<PassengerApp, "name" | "label">): PassengerStep[] {
  return [
    { ...restartStep(node, app), id: `${node.name}:restart`, group: node.name, noReturn: true },
    {
      id: `${node.name}:serves`,
      title: `Wait until ${app.label} serves on ${node.name}`,
      does: "passenger-status, until a new group serves",
      timeoutMs: serves.withinMs + 20_000,
      changes: false,
      group: node.name,
      run: (context) => waitServing(context, node, app),
    },
  ];
}

async function waitServing(
  context: Context,
  node: PassengerNodeConfig,
  app: Pick<PassengerApp, "name" | "label">,
): Promise<Result<string>> {
  const endAt = performance.now() + serves.withinMs;
  for (let times = 0; ; ) {
    const { holds, evidence } = await probeRestarted(context, node, app);
    times = holds ? times + 1 : 0;
    if (times >= serves.inARow) return ok(evidence);
    if (performance.now() > endAt) {
      return err(failure("command-failed", `${app.label} on ${node.name} does not serve: ${evidence}`));
    }
    await context.sleep(serves.everyMs);
  }
}

/** Looks whether every node serves; evidence names the first that does not. */
export async function poolServes(
  context: Context,
  nodes: readonly PassengerNodeConfig[],
): Promise<{ readonly well: boolean; readonly evidence: string }> {
  const seen = await Promise.all(nodes.map(async (node) => ({ node, answer: await askNode(context, node) })));
  const bad = seen.find(({ answer }) => !answer.ok || !isServing(answer.value));
  if (bad === undefined) return { well: true, evidence: `${nodes.length} of ${nodes.length} nodes serve` };
  const why = bad.answer.ok ? "does not serve" : bad.answer.error.what;
  return { well: false, evidence: `${bad.node.name}: ${why}` };
}
