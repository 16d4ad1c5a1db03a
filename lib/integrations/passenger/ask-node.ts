import { err, ok, type Result } from "#lib/core/result.ts";
import type { ActionContext, CheckResult } from "#lib/integrations/integration.ts";
import { runTool, statusArgv } from "#lib/integrations/passenger/command.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { parseNode } from "#lib/integrations/passenger/parse.ts";

export type Context = ActionContext<PassengerConfig, PassengerDetail>;

/** Looks at one node alone, now: the evidence an action goes by. */
export async function askNode(context: Context, node: PassengerNodeConfig): Promise<Result<PassengerNode>> {
  const read = async (view: "xml" | "requests"): Promise<Result<string>> => {
    const answer = await runTool(context.transports.ssh, node, statusArgv(node, view), {
      timeoutMs: 10_000,
      signal: context.signal,
      maxBytes: 16_000_000,
    });
    return answer.ok ? ok(answer.value.stdout) : answer;
  };
  const [xml, json] = await Promise.all([read("xml"), read("requests")]);
  const seen = parseNode(context.config, node, { xml, json }, context.now());
  return seen.failure === null ? ok(seen) : err(seen.failure);
}

/** Whether others carry the load meanwhile. A warning only: with nobody left a repair is wanted all the more. */
export async function checkOthers(context: Context, node: PassengerNodeConfig): Promise<CheckResult> {
  const others = context.config.nodes.filter((each) => each !== node);
  if (others.length === 0) return { verdict: "warn", evidence: `${node.name} is the only node of this service` };
  const seen = await Promise.all(others.map((other) => askNode(context, other)));
  const serving = seen.filter((each) => each.ok && isServing(each.value)).length;
  const evidence = `${serving} of the ${others.length} other ${others.length === 1 ? "node" : "nodes"} can serve`;
  return { verdict: serving === 0 ? "warn" : "pass", evidence };
}

export function isServing(node: PassengerNode): boolean {
  return node.apps.length > 0 && node.apps.every((app) => !app.cannotStart && app.queue < app.queueLimit);
}
