import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, CheckResult } from "#lib/integrations/integration.ts";
import { askNode, type Context } from "#lib/integrations/passenger/ask-node.ts";
import { detachArgv, runTool } from "#lib/integrations/passenger/command.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail, PassengerNode, PassengerProcess } from "#lib/integrations/passenger/detail.ts";
import type { PassengerPlan } from "#lib/integrations/passenger/member.ts";

/** Takes one stuck process out of the pool, so that Passenger starts another in its place. */
export const detachProcess: Action<PassengerConfig, PassengerDetail> = {
  id: "detach-process",
  title: "Detach a stuck process",
  about: "Gives a process that hangs no further request and frees its slot; it ends when its request does.",
  risk: "medium",
  offer: (_config, detail) => {
    const options = (detail?.nodes ?? []).flatMap((node) =>
      stuckOn(node).map(({ pid, sessions, lastUsedAgoS }) => ({
        value: `${node.name}/${pid}`,
        label: `${pid} on ${node.name}`,
        node: node.name,
        hint: `${sessions ?? "?"} requests, started nothing new for ${lastUsedAgoS ?? "?"} s`,
      })),
    );
    const blocked =
      detail === null ? "The hosts were not looked at yet" : options.length === 0 ? "No process is stuck" : null;
    return { params: [{ name: "process", label: "Process", options }], blocked };
  },
  plan: planDetach,
};

function stuckOn(node: PassengerNode): PassengerProcess[] {
  return node.apps.flatMap((app) => app.processes).filter((process) => process.stuck && process.enabled !== "DETACHED");
}

function planDetach(
  config: PassengerConfig,
  params: Readonly<Record<string, string>>,
  detail: PassengerDetail | null,
): Result<PassengerPlan> {
  const [, name, digits] = /^(.+)\/(\d{1,10})$/.exec(params.process ?? "") ?? [];
  const node = config.nodes.find((each) => each.name === name);
  const seen = detail?.nodes.find((each) => each.name === name);
  const known = seen === undefined ? undefined : stuckOn(seen).find((process) => process.pid === Number(digits));
  if (node === undefined || known === undefined) {
    return err(failure("no-such-object", `no stuck process ${params.process ?? "(none named)"} is known`));
  }
  const { pid } = known;
  return ok({
    title: `Detach process ${pid} on ${node.name}`,
    effect: `Process ${pid} gets no further request and Passenger may start another in its place. The requests in it may end; if they never do, the process stays until it is killed on the host.`,
    touches: [`${node.name} / process ${pid}`],
    node: node.name,
    heals: true,
    preflight: [
      {
        id: "same",
        title: "It is still the process that hangs",
        run: (context) => checkSame(context, node, pid),
      },
    ],
    steps: [
      {
        id: "detach",
        title: `Detach process ${pid}`,
        does: detachArgv(node, pid).join(" "),
        timeoutMs: 30_000,
        run: (context) => detach(context, node, pid),
        probe: async (context) => {
          const now = await processNow(context, node, pid);
          if (!now.ok) return now;
          const stands = now.value === null || now.value.enabled === "DETACHED";
          return ok({ stands, evidence: wordsOf(now.value) });
        },
      },
    ],
    verify: {
      title: `process ${pid} gets no further request`,
      consecutive: 3,
      everyMs: 500,
      timeoutMs: 30_000,
      probe: async (context) => {
        const now = await processNow(context, node, pid);
        if (!now.ok) return { holds: false, evidence: now.error.what };
        return { holds: now.value === null || now.value.enabled === "DETACHED", evidence: wordsOf(now.value) };
      },
    },
  });
}

/** A pid is used again: whoever has it by now is not detached unless it hangs as well. */
async function checkSame(context: Context, node: PassengerNodeConfig, pid: number): Promise<CheckResult> {
  const now = await processNow(context, node, pid);
  if (!now.ok) return { verdict: "unknown", evidence: now.error.what };
  if (now.value === null) return { verdict: "block", evidence: `process ${pid} is gone already` };
  return { verdict: now.value.stuck ? "pass" : "block", evidence: wordsOf(now.value) };
}

async function detach(context: Context, node: PassengerNodeConfig, pid: number): Promise<Result<string>> {
  const now = await processNow(context, node, pid);
  if (!now.ok) return now;
  if (now.value?.stuck !== true) return err(failure("no-such-object", `process ${pid} does not hang any more`));
  const done = await runTool(context.transports.ssh, node, detachArgv(node, pid), {
    timeoutMs: 20_000,
    signal: context.signal,
    maxBytes: 64_000,
    onLine: (line) => context.output(line, node.name),
  });
  return done.ok ? ok(`Passenger detached process ${pid}`) : done;
}

async function processNow(
  context: Context,
  node: PassengerNodeConfig,
  pid: number,
): Promise<Result<PassengerProcess | null>> {
  const seen = await askNode(context, node);
  if (!seen.ok) return seen;
  return ok(seen.value.apps.flatMap((app) => app.processes).find((process) => process.pid === pid) ?? null);
}

function wordsOf(process: PassengerProcess | null): string {
  if (process === null) return "it is not in the pool any more";
  const { sessions, lastUsedAgoS, enabled } = process;
  return `${sessions ?? "?"} requests in it, started nothing new for ${lastUsedAgoS ?? "?"} s, ${enabled ?? "unknown"}`;
}
