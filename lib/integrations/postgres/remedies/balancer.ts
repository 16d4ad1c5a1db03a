import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig, RoadConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking } from "#lib/integrations/postgres/remedies/ask.ts";
import { number } from "#lib/integrations/postgres/row.ts";

/** A server of a road's backend, by HAProxy's `show servers state`. */
export interface RoadServer {
  readonly node: string;
  /** Set out on purpose, by whomever. Admin bits 0x01 to 0x20 (HAProxy, include/haproxy/server-t.h). */
  readonly adminBits: number;
  readonly weight: number;
  readonly running: boolean;
  /** An agent tells HAProxy its weight: then HAProxy itself knows who takes writes. */
  readonly agent: boolean;
}

const timeoutMs = 3_000;
const agentConfigured = 0x02;
/** FMAINT and FDRAIN: what the runtime sets. */
const forced = 0x01 | 0x08;

async function tell(context: Asking, road: RoadConfig, command: string): Promise<Result<string>> {
  const { socket, from } = road;
  const bounds = { timeoutMs, signal: context.signal, maxBytes: 200_000 };
  return await context.transports.tcp.exchange({ to: socket, from, send: `${command}\n`, ...bounds });
}

/** A command whose empty answer means done, as HAProxy's management guide has it. */
async function command(context: Asking, road: RoadConfig, line: string): Promise<Result<null>> {
  const answer = await tell(context, road, line);
  if (!answer.ok) return answer;
  const said = foreignLine(answer.value);
  return said === "" ? ok(null) : err(failure("command-failed", `${road.name} refused \`${line}\``, { said }));
}

/** Level of the socket: only `admin` may move servers. */
export async function readLevel(context: Asking, road: RoadConfig): Promise<Result<string>> {
  const answer = await tell(context, road, "show cli level");
  return answer.ok ? ok(foreignLine(answer.value)) : answer;
}

/** The servers of its backend. */
export async function readRoad(context: Asking, road: RoadConfig): Promise<Result<RoadServer[]>> {
  const answer = await tell(context, road, `show servers state ${road.backend}`);
  if (!answer.ok) return answer;
  const lines = answer.value.split("\n");
  const header =
    lines
      .find((line) => line.startsWith("# "))
      ?.slice(2)
      .split(" ") ?? [];
  const rows = lines.filter((line) => /^\d+ \S/.test(line)).map((line) => line.split(" "));
  const of = (row: readonly string[], column: string) => row[header.indexOf(column)] ?? "";
  if (!header.includes("srv_admin_state")) {
    const said = foreignLine(answer.value);
    return err(failure("no-such-object", `${road.name} has no backend ${road.backend}`, { said }));
  }
  return ok(
    rows.map((row) => ({
      node: of(row, "srv_name"),
      adminBits: number(of(row, "srv_admin_state")) ?? 0,
      weight: number(of(row, "srv_uweight")) ?? 0,
      running: of(row, "srv_op_state") === "2",
      agent: ((number(of(row, "srv_agent_state")) ?? 0) & agentConfigured) !== 0,
    })),
  );
}

/** One node's server. Failure: no-such-object. */
export async function readServer(
  context: Asking,
  road: RoadConfig,
  node: PostgresNodeConfig,
): Promise<Result<RoadServer>> {
  const servers = await readRoad(context, road);
  if (!servers.ok) return servers;
  const server = servers.value.find((each) => each.node === node.name);
  return server === undefined
    ? err(failure("no-such-object", `${road.name} has no server ${node.name} in ${road.backend}`))
    : ok(server);
}

/** Whether clients are kept off it on purpose. */
export function isShut(server: RoadServer): boolean {
  return (server.adminBits & 0x01) !== 0;
}

/** Whether clients are led to it. */
export function isOpen(server: RoadServer): boolean {
  return server.adminBits === 0 && server.running && server.weight > 0;
}

/** Leads nobody to the node any more, and cuts those who are there. Reads back: the reply alone proves nothing. */
export async function shutRoad(context: Asking, road: RoadConfig, node: PostgresNodeConfig): Promise<Result<string>> {
  const key = `${road.backend}/${node.name}`;
  const set = await command(context, road, `set server ${key} state maint`);
  if (!set.ok) return set;
  const now = await readServer(context, road, node);
  if (!now.ok) return err(failure("cannot-see", `${road.name} took the command and could not be read then`));
  if (!isShut(now.value)) return err(failure("command-failed", `${road.name} still leads to ${node.name}`));
  const cut = await command(context, road, `shutdown sessions server ${key}`);
  return cut.ok ? ok(`${road.name} leads nobody to ${node.name}, and its sessions there were cut`) : cut;
}

/** Takes back what was forced at run time; HAProxy's checks and agents decide from then on. */
export async function readyRoad(context: Asking, road: RoadConfig, node: PostgresNodeConfig): Promise<Result<string>> {
  const set = await command(context, road, `set server ${road.backend}/${node.name} state ready`);
  if (!set.ok) return set;
  const now = await readServer(context, road, node);
  if (!now.ok) return err(failure("cannot-see", `${road.name} took the command and could not be read then`));
  return (now.value.adminBits & forced) === 0
    ? ok(`${road.name} may lead to ${node.name} again`)
    : err(failure("command-failed", `${road.name} still holds ${node.name} back`));
}

/** Gives a server its weight where nobody else does; an agent that knows better takes it back within its interval. */
export function weighRoad(context: Asking, road: RoadConfig, node: PostgresNodeConfig): Promise<Result<null>> {
  return command(context, road, `set weight ${road.backend}/${node.name} 100%`);
}
