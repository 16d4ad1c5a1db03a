import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, Surroundings } from "#lib/integrations/integration.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerApp, PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { memberOf, type PassengerPlan } from "#lib/integrations/passenger/member.ts";
import {
  appField,
  checkAnswers,
  listingNodes,
  nodeField,
  noneListed,
  probeRestarted,
} from "#lib/integrations/passenger/restart-app.ts";

/** Restarts an app on one node while nobody uses it: drained on every balancer, restarted, and brought back when it is fit. */
export const drainedRestart: Action<PassengerConfig, PassengerDetail> = {
  id: "drained-restart",
  title: "Drain and restart the app on a host",
  about:
    "Takes a host out of every balancer, waits for its last request, restarts one app, and puts it back when it is fit.",
  risk: "medium",
  cooldownMs: 30_000,
  budget: { runs: 3, withinMs: 3_600_000 },
  offer: (_config, detail) => {
    const nodes = listingNodes(detail);
    return { params: [nodeField(nodes), appField(nodes)], blocked: nodes.length === 0 ? noneListed : null };
  },
  plan: planDrained,
};

/** The node and the app that the parameters name. Failure: `no-such-object`. */
function chosen(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
  detail: PassengerDetail | null,
): Result<{ readonly node: PassengerNodeConfig; readonly app: PassengerApp }> {
  const node = config.nodes.find((each) => each.name === params.node);
  const app = (detail?.nodes ?? []).flatMap((each) => each.apps).find((each) => each.name === params.app);
  if (node === undefined) return err(failure("no-such-object", `this service has no node ${params.node ?? "(none)"}`));
  if (app === undefined) return err(failure("no-such-object", `no node lists an app ${params.app ?? "(none named)"}`));
  return ok({ node, app });
}

function planDrained(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
  detail: PassengerDetail | null,
  around?: Surroundings,
): Result<PassengerPlan> {
  const found = chosen(config, params, detail);
  if (!found.ok) return found;
  const { node, app } = found.value;
  const member = memberOf(node, app, around);
  if (!member.ok) return member;
  const { preflight, steps, touches, locks, places } = member.value;
  return ok({
    title: `Drain ${node.name} and restart ${app.label}`,
    effect: `${node.name} leaves ${places.join(" and ")} until its last request has ended, ${app.label} starts anew, and it comes back when it passes its checks. Nobody's request is cut off.`,
    touches,
    locks,
    node: node.name,
    heals: true,
    caveat: "A request that never ends keeps it from being restarted: then it is brought back as it was.",
    preflight: [
      {
        id: "answers",
        title: `Passenger on ${node.name} answers and lists the app`,
        run: (context) => checkAnswers(context, node, app),
      },
      ...preflight,
    ],
    steps,
    verify: {
      title: `${app.label} on ${node.name} runs in new processes`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 60_000,
      probe: (context) => probeRestarted(context, node, app),
    },
  });
}
