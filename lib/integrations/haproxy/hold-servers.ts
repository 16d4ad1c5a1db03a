import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { command, commandTimeoutMs, readServer, type ServerKey } from "#lib/integrations/haproxy/admin.ts";
import { type HaproxyConfig, type SocketProcess, socketsOf } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyBackend, HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import { offerBackends } from "#lib/integrations/haproxy/offers.ts";
import { checkRights, type HaproxyContext } from "#lib/integrations/haproxy/preflight.ts";
import { lostOnReload } from "#lib/integrations/haproxy/server-state.ts";
import { type Setting, setStep } from "#lib/integrations/haproxy/setting.ts";
import type { Action, ActionPlan, CheckResult } from "#lib/integrations/integration.ts";

type HaproxyAction = Action<HaproxyConfig, HaproxyDetail>;
type Checks = "off" | "on";

/** For the day a dependency that all servers share makes every check lie: serve with them, whatever the checks say. */
export const holdActions: readonly HaproxyAction[] = [
  {
    id: "backend-hold",
    title: "Hold servers in rotation",
    about:
      "Switches the health checks of a backend off and counts its servers as up, for when something they all need makes every check fail.",
    risk: "high",
    offer: (_config, detail) =>
      offerBackends(
        detail,
        (backend) => held(backend).length < checked(backend).length,
        "No backend has checks to stop",
      ),
    plan: (config, params, detail) => planOf("off", config, params, detail),
  },
  {
    id: "backend-release",
    title: "Release held servers",
    about: "Switches the health checks of a backend on again, so that they decide who serves.",
    risk: "medium",
    offer: (_config, detail) => offerBackends(detail, (backend) => held(backend).length > 0, "No backend is held"),
    plan: (config, params, detail) => planOf("on", config, params, detail),
  },
];

function checked(backend: HaproxyBackend): HaproxyServer[] {
  return backend.servers.filter((server) => server.check !== null || server.on.some((seen) => seen.checkStopped));
}

function held(backend: HaproxyBackend): HaproxyServer[] {
  return backend.servers.filter((server) => server.on.some((seen) => seen.checkStopped));
}

function planOf(
  wanted: Checks,
  config: HaproxyConfig,
  params: Readonly<Record<string, string>>,
  detail: HaproxyDetail | null,
): Result<ActionPlan<HaproxyConfig, HaproxyDetail>> {
  const backend = detail?.backends.find((each) => each.name === params.backend);
  if (backend === undefined || !/^[\w.:-]+$/.test(backend.name)) {
    return err(failure("no-such-object", `there is no backend ${params.backend ?? "(none named)"} here`));
  }
  const servers = (wanted === "off" ? checked(backend) : held(backend)).filter((one) => /^[\w.:-]+$/.test(one.name));
  const processes = socketsOf(config);
  const settings = processes.flatMap((process) =>
    servers.map(({ name }) => ({ process, key: { backend: backend.name, server: name } })),
  );
  return ok({
    title:
      wanted === "off" ? `Hold the servers of ${backend.name} in rotation` : `Release the servers of ${backend.name}`,
    effect:
      wanted === "off"
        ? `${servers.length} servers of ${backend.name} are no longer checked and count as up, also those that are out now. One that is really dead gets requests too, until it is released.`
        : `${servers.length} servers of ${backend.name} are checked again. Whoever fails its check is taken out.`,
    touches: settings.map(({ process, key }) => `${process.name} / ${key.backend} / ${key.server}`),
    locks: processes.map((process) => `${process.name} / ${backend.name}`),
    heals: false,
    caveat: lostOnReload,
    preflight: [
      {
        id: "right",
        title: "Every process lets Pitwall change states",
        run: (context: HaproxyContext) => checkRights(config, { backend: backend.name }, context),
      },
      ...(wanted === "off"
        ? [
            {
              id: "most-out",
              title: "The checks are what is wrong",
              run: (context: HaproxyContext) => mostOut(context, backend.name),
            },
          ]
        : []),
    ],
    steps: settings.map(({ process, key }) =>
      setStep(checksSetting(process, key), {
        id: `checks-${wanted}-${process.name}-${key.server}`,
        title: `${wanted === "off" ? "Hold" : "Release"} ${key.server} on ${process.name}`,
        does:
          wanted === "off"
            ? `disable health ${key.backend}/${key.server}; set server ${key.backend}/${key.server} health up`
            : `enable health ${key.backend}/${key.server}`,
        timeoutMs: 4 * commandTimeoutMs,
        stands: `${key.server} in ${key.backend} is ${wanted === "off" ? "served unchecked" : "checked"} on ${process.name}`,
        wanted: wanted === "off" ? "stopped, up" : "checked",
      }),
    ),
    verify: verifyChecks(wanted, settings),
  });
}

/** Where most servers are well, the checks tell the truth of the others. */
async function mostOut(context: HaproxyContext, name: string): Promise<CheckResult> {
  const polled = await context.poll();
  if (!polled.ok) return { verdict: "unknown", evidence: polled.error.what };
  const backend = polled.value.detail.backends.find((each) => each.name === name);
  if (backend === undefined) return { verdict: "block", evidence: `there is no backend ${name} any more` };
  const down = backend.servers.filter((server) => !server.inRotation && !server.planned).length;
  const evidence = `${down} of ${backend.servers.length} servers of ${backend.name} are out by their checks`;
  return { verdict: down * 2 > backend.servers.length ? "pass" : "warn", evidence };
}

function verifyChecks(
  wanted: Checks,
  settings: readonly { readonly process: SocketProcess; readonly key: ServerKey }[],
): ActionPlan<HaproxyConfig, HaproxyDetail>["verify"] {
  return {
    title: wanted === "off" ? "all of them are in rotation, unchecked" : "all of them are checked",
    consecutive: 3,
    everyMs: 500,
    timeoutMs: 30_000,
    probe: async (context) => {
      const seen = await Promise.all(
        settings.map(async ({ process, key }) => {
          const read = await checksSetting(process, key).read(context);
          const good = read.ok && (wanted === "off" ? read.value === "stopped, up" : read.value.startsWith("checked"));
          return { good, words: `${key.server} on ${process.name}: ${read.ok ? read.value : read.error.what}` };
        }),
      );
      return { holds: seen.every((one) => one.good), evidence: seen.map((one) => one.words).join("; ") };
    },
  };
}

/** Reads `checked, up`, `checked, down`, `stopped, up` or `stopped, down`. */
function checksSetting(process: SocketProcess, key: ServerKey): Setting {
  const name = `${key.backend}/${key.server}`;
  return {
    name: `${process.name}/${name}/checks`,
    words: `the check of ${key.server} on ${process.name}`,
    async read(context) {
      const now = await readServer(process, key, context);
      if (!now.ok) return now;
      const told = now.value.reading.states?.get(name);
      if (told === undefined) return ok("unknown");
      return ok(`${told.checkStopped ? "stopped" : "checked"}, ${told.down ? "down" : "up"}`);
    },
    // Once it is checked again, its check says whether it is up, and not we.
    counts: (read, value) => (value.startsWith("checked") ? read.startsWith("checked") : read === value),
    async write(value, context) {
      const commands = value.startsWith("stopped")
        ? [`disable health ${name}`, `set server ${name} health ${value.endsWith("up") ? "up" : "down"}`]
        : [...(value === "checked, down" ? [`set server ${name} health down`] : []), `enable health ${name}`];
      for (const text of commands) {
        const done = await command(process, text, context);
        if (!done.ok) return done;
      }
      return ok(null);
    },
  };
}
