import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, ActionPlan, CheckResult, Standing } from "#lib/integrations/integration.ts";
import { askNode, type Context, checkOthers } from "#lib/integrations/passenger/ask-node.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { line } from "#lib/integrations/passenger/value.ts";

/** Starts a dead web server by the node's own configured command. */
export const restartWebServer: Action<PassengerConfig, PassengerDetail> = {
  id: "restart-web-server",
  title: "Restart the web server of a host",
  about:
    "Runs the command that the configuration names for this host. For a web server that died: requests in flight on it are lost.",
  risk: "medium",
  offer: (config, detail) => {
    const able = detail === null ? [] : config.nodes.filter((node) => node.restart !== undefined);
    return {
      params: [
        {
          name: "node",
          label: "Host",
          options: able.map((node) => ({ value: node.name, label: node.name, hint: stateWords(node, detail) })),
        },
      ],
      blocked: blockedWords(able.length, detail),
    };
  },
  plan: planRestart,
};

function blockedWords(able: number, detail: PassengerDetail | null): string | null {
  if (detail === null) return "The hosts were not looked at yet";
  return able === 0 ? "No node names its `restart` command in pitwall.yaml" : null;
}

function stateWords(node: PassengerNodeConfig, detail: PassengerDetail | null): string {
  const seen = detail?.nodes.find((each) => each.name === node.name);
  if (seen === undefined) return "not looked at yet";
  if (seen.failure?.kind === "not-running") return "not running";
  return seen.failure === null ? `running, ${seen.inFlight ?? "?"} requests in flight` : "cannot be looked at";
}

function planRestart(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
): Result<ActionPlan<PassengerConfig, PassengerDetail>> {
  const node = config.nodes.find((each) => each.name === params.node);
  if (node === undefined)
    return err(failure("no-such-object", `this service has no node ${params.node ?? "(none named)"}`));
  const argv = argvOf(node);
  if (argv === null) return err(failure("no-such-object", `${node.name} names no restart command in pitwall.yaml`));
  return ok({
    title: `Restart the web server of ${node.name}`,
    effect: `Runs the configured command on ${node.name}. Requests in flight on it end with an error; every app on it starts anew.`,
    touches: [`${node.name} / web server`],
    node: node.name,
    heals: true,
    preflight: [
      { id: "reachable", title: `${node.name} can be looked at`, run: (context) => checkReachable(context, node) },
      { id: "others", title: "Other nodes carry the load meanwhile", run: (context) => checkOthers(context, node) },
    ],
    steps: [
      {
        id: "restart",
        title: `Restart the web server of ${node.name}`,
        does: argv.join(" "),
        timeoutMs: 60_000,
        run: (context) => restart(context, node, argv),
        probe: (context) => standing(context, node),
      },
    ],
    verify: {
      title: `Passenger on ${node.name} answers again`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 60_000,
      probe: (context) => probe(context, node),
    },
  });
}

/** Under which the apps' groups are noted right before the command, so that a server it left alone is not taken for a restarted one. */
function groupsKey(node: PassengerNodeConfig): string {
  return `${node.name}/groups`;
}

function argvOf({ restart }: PassengerNodeConfig): [string, ...string[]] | null {
  const [program, ...rest] = restart ?? [];
  return program === undefined ? null : [program, ...rest];
}

async function checkReachable(context: Context, node: PassengerNodeConfig): Promise<CheckResult> {
  const seen = await askNode(context, node);
  if (seen.ok) {
    const { inFlight } = seen.value;
    if (inFlight === null)
      return { verdict: "warn", evidence: "Passenger runs; how many requests are in flight is not known" };
    return inFlight === 0
      ? { verdict: "pass", evidence: "Passenger runs, no request is in flight" }
      : { verdict: "warn", evidence: `Passenger runs, ${inFlight} requests in flight would be lost` };
  }
  return seen.error.kind === "not-running"
    ? { verdict: "pass", evidence: `${node.name} answers, Passenger is not running` }
    : { verdict: "unknown", evidence: seen.error.what };
}

async function restart(
  context: Context,
  node: PassengerNodeConfig,
  argv: [string, ...string[]],
): Promise<Result<string>> {
  const seen = await askNode(context, node);
  await context.remember(groupsKey(node), seen.ok ? seen.value.apps.map((app) => app.uuid).join(" ") : "");
  const answer = await context.transports.ssh.run(node.host, {
    argv,
    timeoutMs: 60_000,
    signal: context.signal,
    maxBytes: 64_000,
    onLine: (text) => context.output(text, node.name),
  });
  if (!answer.ok) return answer;
  const { exitCode, signal, stderr, stdout } = answer.value;
  if (exitCode === 0) return ok("the command ended with code 0");
  const said = line(stderr, 300) ?? line(stdout, 300);
  const words = said === null ? {} : { said };
  if (/sudo: .{0,300}(password is required|terminal is required|not allowed)/.test(stderr)) {
    return err(failure("sudo-required", `the user on ${node.name} lacks the sudo right for ${argv.join(" ")}`, words));
  }
  if (exitCode === 127) return err(failure("command-not-found", `${argv[0]} is not there on ${node.name}`, words));
  return err(
    failure(
      "command-failed",
      `${argv.join(" ")} ended ${exitCode === null ? `by ${signal}` : `with code ${exitCode}`}`,
      words,
    ),
  );
}

/** The command outlives the poller that gave it: only what has come up anew since is known, and the rest stays in doubt. */
async function standing(context: Context, node: PassengerNodeConfig): Promise<Result<Standing>> {
  if (context.recall(groupsKey(node)) === undefined) return ok({ stands: false, evidence: "it was not touched" });
  for (const endAt = context.now() + lateMs; ; ) {
    const { holds, evidence } = await probe(context, node);
    if (holds) return ok({ stands: true, evidence });
    if (context.now() > endAt) return err(failure("command-failed", evidence));
    await context.sleep(500);
  }
}

const lateMs = 15_000;

async function probe(context: Context, node: PassengerNodeConfig) {
  const seen = await askNode(context, node);
  if (!seen.ok) return { holds: false, evidence: seen.error.what };
  const { pool, apps } = seen.value;
  const before = context.recall(groupsKey(node))?.split(" ") ?? [];
  const old = apps.find((app) => app.uuid !== null && before.includes(app.uuid));
  if (old !== undefined) return { holds: false, evidence: `${old.label} still runs in its old group ${old.uuid}` };
  return {
    holds: pool !== null,
    evidence: `Passenger ${pool?.version ?? ""} answers, ${apps.length} apps, ${pool?.processes ?? 0} processes`,
  };
}
