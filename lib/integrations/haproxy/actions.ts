import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatCount } from "#lib/core/unit.ts";
import {
  commandFor,
  commandTimeoutMs,
  parseServerKey,
  readServer,
  type ServerKey,
  setState,
  type WantedState,
} from "#lib/integrations/haproxy/admin.ts";
import type { HaproxyConfig, ProcessConfig } from "#lib/integrations/haproxy/config.ts";
import type { AdminState, HaproxyBackend, HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import { type HaproxyContext, preflightFor } from "#lib/integrations/haproxy/preflight.ts";
import { adminBit, isSetOut } from "#lib/integrations/haproxy/status.ts";
import { verificationFor } from "#lib/integrations/haproxy/verify.ts";
import type { Action, ActionPlan, Offer, ParamField, Step } from "#lib/integrations/integration.ts";

type HaproxyAction = Action<HaproxyConfig, HaproxyDetail>;

/** Remedies of the kind. Each goes to every process of the service, because a pair half drained is not drained. */
export const actions: readonly HaproxyAction[] = [
  {
    id: "server-drain",
    title: "Drain a server",
    about: "Sends no new sessions to a server and lets its own end; its health check goes on.",
    risk: "medium",
    offer: (_config, detail) => offerOf(detail, (server) => !isAll(server, "drain"), "Every server is drained already"),
    plan: (config, params, detail) => planOf("drain", config, params, detail),
  },
  {
    id: "server-maint",
    title: "Put a server in maintenance",
    about: "Takes a server out at once, persistent sessions included, and stops its health check.",
    risk: "medium",
    offer: (_config, detail) =>
      offerOf(detail, (server) => !isAll(server, "maint"), "Every server is in maintenance already"),
    plan: (config, params, detail) => planOf("maint", config, params, detail),
  },
  {
    id: "server-ready",
    title: "Bring a server back",
    about: "Ends drain or maintenance, so that the server takes sessions again.",
    risk: "low",
    offer: (_config, detail) => offerOf(detail, isSetOut, "No server is drained or in maintenance"),
    plan: (config, params, detail) => planOf("ready", config, params, detail),
  },
];

function offerOf(detail: HaproxyDetail | null, fits: (server: HaproxyServer) => boolean, none: string): Offer {
  const servers = (detail?.backends ?? []).flatMap((backend) => backend.servers);
  const options = servers.filter((server) => server.state !== "dns-maint" && fits(server)).map(optionOf);
  const params: ParamField[] = [{ name: "server", label: "Server", options }];
  if (detail === null) return { params, blocked: "HAProxy has not been read yet" };
  const weak = detail.processes.find((process) => process.level !== null && process.level !== "admin");
  if (weak !== undefined) {
    return { params, blocked: `The socket of ${weak.name} has level ${weak.level}; changes need level admin` };
  }
  const silent = detail.processes.find((process) => process.failure !== null);
  if (silent !== undefined) return { params, blocked: `${silent.name} tells nothing: ${silent.failure?.what}` };
  return { params, blocked: options.length === 0 ? none : null };
}

function optionOf(server: HaproxyServer) {
  const sessions = server.sessions === null ? "" : ` · ${formatCount(server.sessions)} sessions`;
  return {
    value: `${server.backend}/${server.name}`,
    label: `${server.name} in ${server.backend}`,
    hint: `${server.status}${sessions}`,
  };
}

function isAll(server: HaproxyServer, wanted: AdminState): boolean {
  return server.on.every((seen) => seen.admin === wanted);
}

function planOf(
  wanted: WantedState,
  config: HaproxyConfig,
  params: Readonly<Record<string, string>>,
  detail: HaproxyDetail | null,
): Result<ActionPlan<HaproxyConfig, HaproxyDetail>> {
  const key = parseServerKey(params.server);
  const backend = detail?.backends.find((each) => each.name === key?.backend);
  const server = backend?.servers.find((each) => each.name === key?.server);
  if (key === undefined || backend === undefined || server === undefined) {
    return err(failure("no-such-object", `there is no server ${params.server ?? "(none named)"} here`));
  }
  return ok({
    ...wordsOf(wanted, backend, server),
    touches: config.processes.map((process) => `${process.name} / ${key.backend} / ${key.server}`),
    node: key.server,
    heals: wanted === "ready",
    preflight: preflightFor(config, key, wanted),
    steps: config.processes.map((process) => stepOf(process, key, wanted, server)),
    verify: verificationFor(config, key, wanted),
  });
}

function wordsOf(
  wanted: WantedState,
  backend: HaproxyBackend,
  server: HaproxyServer,
): Pick<ActionPlan, "title" | "effect" | "caveat"> {
  const others = backend.servers.filter((each) => each.name !== server.name && each.inRotation).length;
  const rest = `the other ${others === 1 ? "server" : `${others} servers`} of ${backend.name}`;
  const sessions = `${formatCount(server.sessions ?? 0)} ${server.sessions === 1 ? "session" : "sessions"}`;
  const lost = "Lost when HAProxy reloads: it is set at run time, not in its configuration.";
  const disabled = server.on.some((seen) => ((seen.adminBits ?? 0) & adminBit.configMaint) !== 0);
  switch (wanted) {
    case "drain":
      return {
        title: `Drain ${server.name} in ${backend.name}`,
        effect: `New sessions go to ${rest}; ${sessions} on ${server.name} may end by themselves. Clients bound to it by a cookie keep coming.`,
        caveat: lost,
      };
    case "maint":
      return {
        title: `Put ${server.name} in ${backend.name} in maintenance`,
        effect: `All traffic goes to ${rest}, also that of clients bound to ${server.name} by a cookie. Its health check stops; ${sessions} that run now may end.`,
        caveat: lost,
      };
    case "ready":
      return {
        title: `Bring ${server.name} back in ${backend.name}`,
        effect: `${server.name} takes new sessions again beside ${rest}, at once and before a further check has passed.`,
        ...(disabled ? { caveat: "HAProxy's configuration says disabled: the next reload takes it out again." } : {}),
      };
    default:
      return wanted satisfies never;
  }
}

function stepOf(
  process: ProcessConfig,
  key: ServerKey,
  wanted: WantedState,
  planned: HaproxyServer,
): Step<HaproxyConfig, HaproxyDetail> {
  // What the plan saw, until the step itself has looked.
  let before: AdminState = planned.on.find((seen) => seen.process === process.name)?.admin ?? "unknown";
  return {
    id: `${wanted}-${process.name}`,
    title: `${titleOf(wanted)} ${key.server} on ${process.name}`,
    does: commandFor(process, key, wanted),
    timeoutMs: 3 * commandTimeoutMs,
    async run(context) {
      const now = await readServer(process, key, context);
      if (!now.ok) return now;
      before = now.value.admin;
      return changeTo(process, key, wanted, context);
    },
    async undo(context) {
      if (before === "unknown") {
        const what = `${process.name} did not tell the state of ${key.server} before, so it is not put back`;
        return err(failure("command-failed", what));
      }
      return changeTo(process, key, before, context);
    },
  };
}

function titleOf(wanted: WantedState): string {
  switch (wanted) {
    case "drain":
      return "Drain";
    case "maint":
      return "Stop";
    case "ready":
      return "Bring back";
    default:
      return wanted satisfies never;
  }
}

/** Sets the state and reads it back: HAProxy's reply alone proves nothing. */
async function changeTo(
  process: ProcessConfig,
  key: ServerKey,
  wanted: WantedState,
  context: HaproxyContext,
): Promise<Result<string>> {
  const set = await setState(process, key, wanted, context);
  if (!set.ok) return set;
  const now = await readServer(process, key, context);
  if (!now.ok) {
    // Whatever the reading failed by, the command was taken: it must not pass for one that never reached HAProxy.
    return err(
      failure("cannot-see", `${process.name} took the command, but then could not be read: ${now.error.what}`),
    );
  }
  const { admin, status, adminBits } = now.value;
  // From the stats page a failing server says DOWN, whatever is wanted of it.
  const hidden = adminBits === null && admin === "unknown" && wanted !== "maint";
  if (admin !== wanted && !hidden) {
    return err(
      failure("command-failed", `${process.name} took the command, but ${key.server} is ${admin} (${status})`),
    );
  }
  const bits = adminBits === null ? "" : `, admin state ${adminBits}`;
  return ok(`${process.name}: ${status}${bits}${hidden ? "; the stats page hides the rest" : ""}`);
}
