import { err, ok, type Result } from "#lib/core/result.ts";
import type { PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import { failureOf } from "#lib/integrations/passenger/outcome.ts";
import type { Bounds, CommandAnswer, CommandRequest, SshTransport } from "#lib/transports/types.ts";

/** `passenger-status` for one view of the node's instance. */
export function statusArgv(node: PassengerNodeConfig, view: "xml" | "requests"): [string, ...string[]] {
  const instance = node.instance === undefined ? [] : [node.instance];
  const header = view === "requests" ? ["--no-header"] : [];
  return tool(node, ["passenger-status", ...instance, ...header, `--show=${view}`]);
}

/** `passenger-config restart-app` for exactly one app: a path would be a prefix, and `/srv/app` also restarts `/srv/app2`. */
export function restartArgv(node: PassengerNodeConfig, app: string): [string, ...string[]] {
  const instance = node.instance === undefined ? [] : ["--instance", node.instance];
  return tool(node, ["passenger-config", "restart-app", ...instance, "--name", app, "--ignore-app-not-running"]);
}

/** `passenger-config detach-process`: the process gets no further request and ends when those it has are done. */
export function detachArgv(node: PassengerNodeConfig, pid: number): [string, ...string[]] {
  const instance = node.instance === undefined ? [] : ["--instance", node.instance];
  return tool(node, ["passenger-config", "detach-process", ...instance, String(pid)]);
}

/** sudo clears the environment, so there the registry folder is named on its command line, where sudoers can allow it. */
function tool(node: PassengerNodeConfig, argv: [string, ...string[]]): [string, ...string[]] {
  if (!node.sudo) return argv;
  return ["sudo", "-n", ...Object.entries(environmentOf(node)).map(([name, value]) => `${name}=${value}`), ...argv];
}

export function environmentOf(node: PassengerNodeConfig): Readonly<Record<string, string>> {
  return node.registryDir === undefined ? {} : { PASSENGER_INSTANCE_REGISTRY_DIR: node.registryDir };
}

/** Runs a Passenger tool on the node and gives its stdout. Failures: those of ssh and those told by the tool's end. */
export async function runTool(
  ssh: SshTransport,
  node: PassengerNodeConfig,
  argv: [string, ...string[]],
  more: Bounds & Pick<CommandRequest, "onLine">,
): Promise<Result<CommandAnswer>> {
  const answer = await ssh.run(node.host, { argv, env: node.sudo ? {} : environmentOf(node), ...more });
  if (!answer.ok) return answer;
  const program = argv.find((word) => word.startsWith("passenger-")) ?? argv[0];
  const failed = failureOf(answer.value, program, node.name);
  return failed === null ? ok(answer.value) : err(failed);
}
