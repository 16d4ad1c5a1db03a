import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
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
import { offerServers } from "#lib/integrations/haproxy/offers.ts";
import { preflightFor } from "#lib/integrations/haproxy/preflight.ts";
import { type Setting, setStep } from "#lib/integrations/haproxy/setting.ts";
import { adminBit, isSetOut } from "#lib/integrations/haproxy/status.ts";
import { verificationFor } from "#lib/integrations/haproxy/verify.ts";
import type { Action, ActionPlan, Step } from "#lib/integrations/integration.ts";

type HaproxyAction = Action<HaproxyConfig, HaproxyDetail>;

/** What is said of everything that is set at run time. */
export const lostOnReload = "Lost when HAProxy reloads: it is set at run time, not in its configuration.";

/** Drain, maintenance and back, on every process of the service: a pair half drained is not drained. */
export const serverStateActions: readonly HaproxyAction[] = [
  {
    id: "server-drain",
    title: "Drain a server",
    about: "Sends no new sessions to a server and lets its own end; its health check goes on.",
    risk: "medium",
    offer: (_config, detail) =>
      offerServers(detail, (server) => !isAll(server, "drain"), "Every server is drained already"),
    plan: (config, params, detail) => planOf("drain", config, params, detail),
  },
  {
    id: "server-maint",
    title: "Put a server in maintenance",
    about: "Takes a server out at once, persistent sessions included, and stops its health check.",
    risk: "medium",
    offer: (_config, detail) =>
      offerServers(detail, (server) => !isAll(server, "maint"), "Every server is in maintenance already"),
    plan: (config, params, detail) => planOf("maint", config, params, detail),
  },
  {
    id: "server-ready",
    title: "Bring a server back",
    about: "Ends drain or maintenance, so that the server takes sessions again.",
    risk: "low",
    offer: (_config, detail) => offerServers(detail, isSetOut, "No server is drained or in maintenance"),
    plan: (config, params, detail) => planOf("ready", config, params, detail),
  },
];

function isAll(server: HaproxyServer, wanted: AdminState): boolean {
  return server.on.every((seen) => seen.admin === wanted);
}

/** The server that a parameter names, in what was last seen. Failure: `no-such-object`. */
export function serverOf(
  detail: HaproxyDetail | null,
  name: string | undefined,
): Result<{ readonly key: ServerKey; readonly backend: HaproxyBackend; readonly server: HaproxyServer }> {
  const key = parseServerKey(name);
  const backend = detail?.backends.find((each) => each.name === key?.backend);
  const server = backend?.servers.find((each) => each.name === key?.server);
  if (key === undefined || backend === undefined || server === undefined) {
    return err(failure("no-such-object", `there is no server ${name ?? "(none named)"} here`));
  }
  return ok({ key, backend, server });
}

/** A server on each process, and the pool it is taken from: two servers of one pool are not taken out side by side. */
export function resourcesOf(config: HaproxyConfig, key: ServerKey): Pick<ActionPlan, "touches" | "locks"> {
  return {
    touches: config.processes.map((process) => `${process.name} / ${key.backend} / ${key.server}`),
    locks: config.processes.map((process) => `${process.name} / ${key.backend}`),
  };
}

function planOf(
  wanted: WantedState,
  config: HaproxyConfig,
  params: Readonly<Record<string, string>>,
  detail: HaproxyDetail | null,
): Result<ActionPlan<HaproxyConfig, HaproxyDetail>> {
  const found = serverOf(detail, params.server);
  if (!found.ok) return found;
  const { key, backend, server } = found.value;
  return ok({
    ...wordsOf(wanted, backend, server),
    ...resourcesOf(config, key),
    node: key.server,
    heals: wanted === "ready",
    preflight: preflightFor(config, key, wanted),
    steps: config.processes.map((process) => stateStep(process, key, wanted)),
    verify: verificationFor(config, key, wanted),
  });
}

function wordsOf(
  wanted: WantedState,
  backend: HaproxyBackend,
  server: HaproxyServer,
): Pick<ActionPlan, "title" | "effect" | "caveat"> {
  const rest = `the other servers of ${backend.name}`;
  const disabled = server.on.some((seen) => ((seen.adminBits ?? 0) & adminBit.configMaint) !== 0);
  switch (wanted) {
    case "drain":
      return {
        title: `Drain ${server.name} in ${backend.name}`,
        effect: `New sessions go to ${rest}; those on ${server.name} may end by themselves. Clients bound to it by a cookie keep coming.`,
        caveat: lostOnReload,
      };
    case "maint":
      return {
        title: `Put ${server.name} in ${backend.name} in maintenance`,
        effect: `All traffic goes to ${rest}, also that of clients bound to ${server.name} by a cookie. Its health check stops; sessions that run now may end.`,
        caveat: lostOnReload,
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

/** Sets a server's state on one process. */
export function stateStep(
  process: ProcessConfig,
  key: ServerKey,
  wanted: WantedState,
): Step<HaproxyConfig, HaproxyDetail> {
  return setStep(stateSetting(process, key), {
    id: `${wanted}-${process.name}`,
    title: `${titles[wanted]} ${key.server} on ${process.name}`,
    does: commandFor(process, key, wanted),
    timeoutMs: 3 * commandTimeoutMs,
    stands: `${key.server} in ${key.backend} is ${standing[wanted]} on ${process.name}`,
    wanted,
  });
}

const titles: Record<WantedState, string> = { drain: "Drain", maint: "Stop", ready: "Bring back" };
const standing: Record<WantedState, string> = { drain: "drained", maint: "in maintenance", ready: "in rotation" };

export function stateSetting(process: ProcessConfig, key: ServerKey): Setting {
  return {
    name: `${process.name}/${key.backend}/${key.server}/state`,
    words: `the state of ${key.server} on ${process.name}`,
    async read(context) {
      const now = await readServer(process, key, context);
      return now.ok ? ok(now.value.admin) : now;
    },
    write: (value, context) => setState(process, key, value as WantedState, context),
    // From the stats page a failing server says DOWN, whatever is wanted of it.
    counts: (read, value) => read === value || ("stats" in process && read === "unknown" && value !== "maint"),
  };
}
