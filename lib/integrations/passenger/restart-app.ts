import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, ActionPlan, CheckResult, ParamField, Step } from "#lib/integrations/integration.ts";
import { askNode, type Context, checkOthers } from "#lib/integrations/passenger/ask-node.ts";
import { restartArgv, runTool } from "#lib/integrations/passenger/command.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerApp, PassengerDetail, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { queueWarning } from "#lib/integrations/passenger/rules.ts";

/** Restarts one app on one host, and is believed when the group has a new uuid and living processes. */
export const restartApp: Action<PassengerConfig, PassengerDetail> = {
  id: "restart-app",
  title: "Restart the app on a host",
  about:
    "Starts new processes of one app on one host; the old ones finish their requests. Other hosts are not touched.",
  risk: "medium",
  cooldownMs: 30_000,
  budget: { runs: 3, withinMs: 3_600_000 },
  offer: (_config, detail) => {
    const nodes = listingNodes(detail);
    return { params: [nodeField(nodes), appField(nodes)], blocked: nodes.length === 0 ? noneListed : null };
  },
  plan: planRestart,
};

/** Nodes that list an app. */
export function listingNodes(detail: PassengerDetail | null): PassengerNode[] {
  return (detail?.nodes ?? []).filter((node) => node.apps.length > 0);
}

export const noneListed = "No host lists an app: Passenger is not running there or cannot be looked at";

export function nodeField(nodes: readonly PassengerNode[]): ParamField {
  return {
    name: "node",
    label: "Host",
    options: nodes.map((node) => ({
      value: node.name,
      label: node.name,
      node: node.name,
      hint: `${node.pool?.queued ?? 0} queued, ${node.pool?.processes ?? 0} processes`,
    })),
  };
}

export function appField(nodes: readonly PassengerNode[]): ParamField {
  const named = new Map(nodes.flatMap((node) => node.apps.map((app) => [app.name, app] as const)));
  return {
    name: "app",
    label: "App",
    options: [...named.values()].map((app) => ({ value: app.name, label: app.label, hint: app.name })),
  };
}

function planRestart(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
  detail: PassengerDetail | null,
): Result<ActionPlan<PassengerConfig, PassengerDetail>> {
  const node = config.nodes.find((each) => each.name === params.node);
  if (node === undefined)
    return err(failure("no-such-object", `this service has no node ${params.node ?? "(none named)"}`));
  const seen = detail?.nodes.find((each) => each.name === node.name);
  const known = (detail?.nodes ?? []).flatMap((each) => each.apps);
  const app = seen?.apps.find((each) => each.name === params.app) ?? known.find((each) => each.name === params.app);
  if (app === undefined) {
    return err(failure("no-such-object", `${node.name} lists no app ${params.app ?? "(none named)"}`));
  }
  return ok({
    title: `Restart ${app.label} on ${node.name}`,
    effect: `${node.name} starts new processes of ${app.label}; the first requests wait for them. Requests in the old processes may finish.`,
    touches: [`${node.name} / ${app.name}`],
    node: node.name,
    heals: true,
    caveat:
      "What hangs for a reason outside the app hangs again after the restart. A process that never ends its request stays until it is killed.",
    preflight: [
      {
        id: "answers",
        title: `Passenger on ${node.name} answers and lists the app`,
        run: (context) => checkAnswers(context, node, app),
      },
      { id: "others", title: "Other nodes carry the load meanwhile", run: (context) => checkOthers(context, node) },
    ],
    steps: [restartStep(node, app)],
    verify: {
      title: `${app.label} on ${node.name} runs in new processes and its queue is below ${queueWarning}`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 120_000,
      probe: (context) => probeRestarted(context, node, app),
    },
  });
}

/** Restarts one app on one node. Its group gets a new uuid, so the target itself tells whether it happened. */
export function restartStep(
  node: PassengerNodeConfig,
  app: Pick<PassengerApp, "name" | "label">,
): Step<PassengerConfig, PassengerDetail> {
  return {
    id: "restart",
    title: `Restart ${app.label} on ${node.name}`,
    does: restartArgv(node, app.name).map(shown).join(" "),
    timeoutMs: 60_000,
    run: (context) => restart(context, node, app),
    probe: async (context) => {
      const before = context.recall(uuidKey(node, app));
      if (before === undefined) return ok({ stands: false, evidence: "it was not touched" });
      // The command outlives the poller that gave it, and an app may start slowly.
      for (const endAt = context.now() + lateMs; ; ) {
        const seen = await askNode(context, node);
        if (!seen.ok) return seen;
        const uuid = seen.value.apps.find((each) => each.name === app.name)?.uuid ?? "none";
        if (uuid !== before) return ok({ stands: true, evidence: `the group is ${uuid}, and was ${before}` });
        if (context.now() > endAt) return err(failure("command-failed", `it is still the old group ${uuid}`));
        await context.sleep(500);
      }
    },
  };
}

const lateMs = 15_000;

/** Under which the group of before is remembered: it changes with each restart. */
function uuidKey(node: PassengerNodeConfig, app: Pick<PassengerApp, "name">): string {
  return `${node.name}/${app.name}/uuid`;
}

export async function checkAnswers(
  context: Context,
  node: PassengerNodeConfig,
  app: PassengerApp,
): Promise<CheckResult> {
  const seen = await askNode(context, node);
  if (!seen.ok) {
    return seen.error.kind === "not-running"
      ? { verdict: "block", evidence: `${seen.error.what}: restart its web server instead` }
      : { verdict: "unknown", evidence: seen.error.what };
  }
  const now = seen.value.apps.find((each) => each.name === app.name);
  if (now === undefined)
    return { verdict: "warn", evidence: `the app has no process there; it starts with its next request` };
  const busy = now.processes.reduce((sum, process) => sum + (process.sessions ?? 0), 0);
  const full = now.queue >= now.queueLimit ? ", the queue is full and users get 503" : "";
  return {
    verdict: "pass",
    evidence: `${now.processes.length} processes with ${busy} requests in them, ${now.queue} of ${now.queueLimit} queued${full}`,
  };
}

async function restart(
  context: Context,
  node: PassengerNodeConfig,
  app: Pick<PassengerApp, "name">,
): Promise<Result<string>> {
  const seen = await askNode(context, node);
  if (!seen.ok) return seen;
  const uuid = seen.value.apps.find((each) => each.name === app.name)?.uuid ?? "none";
  await context.remember(uuidKey(node, app), uuid);
  const done = await runTool(context.transports.ssh, node, restartArgv(node, app.name), {
    timeoutMs: 60_000,
    signal: context.signal,
    maxBytes: 64_000,
    onLine: (line) => context.output(line, node.name),
  });
  return done.ok ? ok(`asked Passenger to restart; the group was ${uuid} before`) : done;
}

/** Whether the app runs in a new group that serves. */
export async function probeRestarted(
  context: Context,
  node: PassengerNodeConfig,
  app: Pick<PassengerApp, "name" | "label">,
): Promise<{ readonly holds: boolean; readonly evidence: string }> {
  const seen = await askNode(context, node);
  if (!seen.ok) return { holds: false, evidence: seen.error.what };
  const now = seen.value.apps.find((each) => each.name === app.name);
  if (now === undefined)
    return { holds: false, evidence: `${app.label} is not listed; it starts with its next request` };
  if (now.uuid === null || now.uuid === context.recall(uuidKey(node, app)))
    return { holds: false, evidence: `still the old group ${now.uuid ?? ""}` };
  const serving = now.processes.filter((process) => process.lifeStatus === "ALIVE" && process.enabled === "ENABLED");
  const evidence = `new group ${now.uuid}, ${serving.length} processes serve, ${now.queue} queued (limit ${queueWarning})`;
  return { holds: serving.length > 0 && now.queue < queueWarning, evidence };
}

function shown(word: string): string {
  return /[^\w@%+=:,./-]/.test(word) ? `"${word}"` : word;
}
