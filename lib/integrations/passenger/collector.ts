import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CollectContext, Collector, Metric } from "#lib/integrations/integration.ts";
import { runTool, statusArgv } from "#lib/integrations/passenger/command.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { detailOf, parseNode } from "#lib/integrations/passenger/parse.ts";
import { oldestOf } from "#lib/integrations/passenger/requests.ts";

type Context = CollectContext<PassengerConfig, PassengerDetail>;

/** A request in flight takes some 3 kB of JSON; this is room for several thousand of them. */
const maxBytes = 16_000_000;

/**
 * Looks at all hosts at the same time, with both commands at once on each. A host that fails is told inside the detail;
 * the poll as a whole fails only when no host could be looked at.
 */
export const collect: Collector<PassengerConfig, PassengerDetail> = async (context) => {
  // A hung host must come back as a timeout before the poll's own deadline takes the other hosts' answers with it.
  const deadline = context.now() + context.timeoutMs - Math.max(100, context.timeoutMs / 10);
  const nodes = await Promise.all(context.config.nodes.map((node) => readNode(context, node, deadline)));
  const blind = nodes.every((node) => node.failure !== null && node.failure.kind !== "not-running");
  if (blind) return err(nodes[0]?.failure ?? failure("internal", "no node is configured"));
  const detail = detailOf(nodes);
  return ok({ detail, metrics: nodes.flatMap(metricsOf) });
};

async function readNode(context: Context, node: PassengerNodeConfig, deadline: number): Promise<PassengerNode> {
  const read = async (view: "xml" | "requests"): Promise<Result<string, Failure>> => {
    const answer = await runTool(context.transports.ssh, node, statusArgv(node, view), {
      timeoutMs: Math.max(1, deadline - context.now()),
      signal: context.signal,
      maxBytes,
    });
    if (!answer.ok) return answer;
    if (answer.value.droppedBytes > 0)
      return err(failure("too-large", `passenger-status on ${node.name} said too much`));
    return ok(answer.value.stdout);
  };
  const [xml, json] = await Promise.all([read("xml"), read("requests")]);
  return parseNode(context.config, node, { xml, json }, context.now());
}

/** Of a node that could not be looked at every number is `null`: not measured, and never zero. */
function metricsOf(node: PassengerNode): Metric[] {
  const of = (id: string, value: number | null): Metric => ({ id, node: node.name, value });
  const { pool } = node;
  if (pool === null) return ["queue", "requests_in_flight", "processes"].map((id) => of(id, null));
  const processes = node.apps.flatMap((app) => app.processes);
  const memory = processes.map((process) => process.memoryBytes).filter((each) => each !== null);
  const slots = pool.max !== null && pool.max > 0 && pool.capacityUsed !== null ? pool.max : null;
  return [
    of("queue", pool.queued),
    of("requests_in_flight", node.inFlight),
    of("oldest_request", node.requests === null ? null : (oldestOf(node.requests)?.oldestAgeS ?? 0)),
    of("processes", processes.length),
    of("capacity_used", slots === null ? null : (100 * (pool.capacityUsed ?? 0)) / slots),
    of("process_memory", memory.length === 0 ? null : Math.max(...memory)),
    of(
      "processed",
      processes.reduce((total, process) => total + (process.processed ?? 0), 0),
    ),
  ];
}
