import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { command, commandTimeoutMs } from "#lib/integrations/haproxy/admin.ts";
import { exchange } from "#lib/integrations/haproxy/ask.ts";
import { type HaproxyConfig, type SocketProcess, socketsOf } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail, HaproxyFrontend } from "#lib/integrations/haproxy/detail.ts";
import { whyNot } from "#lib/integrations/haproxy/offers.ts";
import { parseMap } from "#lib/integrations/haproxy/parse.ts";
import { checkRights, type HaproxyContext } from "#lib/integrations/haproxy/preflight.ts";
import { lostOnReload } from "#lib/integrations/haproxy/server-state.ts";
import { type Setting, setStep } from "#lib/integrations/haproxy/setting.ts";
import type { Action, ActionPlan, CheckResult, Offer } from "#lib/integrations/integration.ts";

type HaproxyAction = Action<HaproxyConfig, HaproxyDetail>;
type Page = "on" | "off";

/** A frontend's maintenance page, switched by a map that HAProxy's own configuration asks. No listener is closed. */
export const pageActions: readonly HaproxyAction[] = [
  {
    id: "maintenance-page-on",
    title: "Show the maintenance page",
    about: "Answers every new request of a frontend with the maintenance page of HAProxy's configuration.",
    risk: "high",
    offer: (config, detail) => offerFrontends("on", config, detail),
    plan: (config, params, detail) => planOf("on", config, params, detail),
  },
  {
    id: "maintenance-page-off",
    title: "Take the maintenance page away",
    about: "Lets a frontend serve again.",
    risk: "low",
    offer: (config, detail) => offerFrontends("off", config, detail),
    plan: (config, params, detail) => planOf("off", config, params, detail),
  },
];

function offerFrontends(wanted: Page, config: HaproxyConfig, detail: HaproxyDetail | null): Offer {
  const fits = ({ pageOn = [] }: HaproxyFrontend) =>
    wanted === "on" ? pageOn.length < config.processes.length : pageOn.length > 0;
  const spoken = (detail?.frontends ?? []).filter((one) => one.mode === "http" && /^[\w.:-]+$/.test(one.name));
  const frontends = spoken.filter(fits);
  const options = frontends.map(({ name, status }) => ({ value: name, label: name, hint: status }));
  const params = [{ name: "frontend", label: "Frontend", options }];
  const none = options.length === 0 ? noneWords(wanted, spoken.length) : null;
  const unset = config.maintenanceMap === undefined ? "pitwall.yaml names no maintenanceMap for this service" : null;
  return { params, blocked: unset ?? whyNot(detail, true) ?? none };
}

function noneWords(wanted: Page, spoken: number): string {
  if (spoken === 0) return "No frontend speaks HTTP";
  return wanted === "on" ? "Every frontend shows its page" : "No frontend shows its page";
}

function planOf(
  wanted: Page,
  config: HaproxyConfig,
  params: Readonly<Record<string, string>>,
  detail: HaproxyDetail | null,
): Result<ActionPlan<HaproxyConfig, HaproxyDetail>> {
  const { maintenanceMap: map } = config;
  const { params: fields } = offerFrontends(wanted, config, detail);
  const name = fields[0]?.options.find((option) => option.value === params.frontend)?.value;
  if (name === undefined || map === undefined) {
    return err(failure("no-such-object", `there is no frontend ${params.frontend ?? "(none named)"} with a page here`));
  }
  const processes = socketsOf(config);
  return ok({
    title: wanted === "on" ? `Show the maintenance page on ${name}` : `Take the maintenance page off ${name}`,
    effect:
      wanted === "on"
        ? `Everybody who asks ${name} gets the maintenance page from the next request on; requests under way end as they would.`
        : `${name} serves again from the next request on.`,
    touches: processes.map((process) => `${process.name} / ${name}`),
    heals: false,
    ...(wanted === "on" ? { neighbours: "may suffer" as const } : {}),
    caveat: lostOnReload,
    preflight: [
      {
        id: "right",
        title: "Every process lets Pitwall change it",
        run: (context) => checkRights(config, { backend: name }, context),
      },
      { id: "map", title: "HAProxy has that map", run: (context) => checkMaps(processes, map, context) },
    ],
    steps: processes.map((process) =>
      setStep(pageSetting(process, map, name), {
        id: `page-${wanted}-${process.name}`,
        title: `${wanted === "on" ? "Page on" : "Page off"} for ${name} on ${process.name}`,
        does: wanted === "on" ? `add map ${map} ${name} on` : `del map ${map} ${name}`,
        timeoutMs: 3 * commandTimeoutMs,
        stands: `${name} ${wanted === "on" ? "answers with the maintenance page" : "serves"} on ${process.name}`,
        wanted,
      }),
    ),
    verify: {
      title: `the map says ${wanted} for ${name}`,
      consecutive: 3,
      everyMs: 500,
      timeoutMs: 30_000,
      probe: async (context) => {
        const read = await Promise.all(processes.map((process) => pageSetting(process, map, name).read(context)));
        const evidence = read.map((one, at) => `${processes[at]?.name}: ${one.ok ? one.value : one.error.what}`);
        return { holds: read.every((one) => one.ok && one.value === wanted), evidence: evidence.join("; ") };
      },
    },
  });
}

async function checkMaps(
  processes: readonly SocketProcess[],
  map: string,
  context: HaproxyContext,
): Promise<CheckResult> {
  const read = await Promise.all(processes.map((process) => readMap(process, map, context)));
  const bad = read.findIndex((one) => !one.ok);
  const failed = read[bad];
  if (failed === undefined || failed.ok) return { verdict: "pass", evidence: map };
  const verdict = failed.error.kind === "no-such-object" ? "block" : "unknown";
  return { verdict, evidence: `${processes[bad]?.name}: ${failed.error.what}` };
}

function pageSetting(process: SocketProcess, map: string, frontend: string): Setting {
  const read = async (context: HaproxyContext): Promise<Result<string>> => {
    const entries = await readMap(process, map, context);
    return entries.ok ? ok(entries.value.get(frontend) === "on" ? "on" : "off") : entries;
  };
  return {
    name: `${process.name}/${frontend}/page`,
    words: `the maintenance page of ${frontend} on ${process.name}`,
    read,
    async write(value, context) {
      const entries = await readMap(process, map, context);
      if (!entries.ok) return entries;
      // A key that is added twice stands twice (management guide, "add map"), so what is there is changed in place.
      if (entries.value.has(frontend)) return await command(process, `set map ${map} ${frontend} ${value}`, context);
      return value === "off" ? ok(null) : await command(process, `add map ${map} ${frontend} on`, context);
    },
  };
}

/** The map's entries as the process has them now. Failure: `no-such-object` when it has no such map. */
async function readMap(
  process: SocketProcess,
  map: string,
  context: HaproxyContext,
): Promise<Result<ReadonlyMap<string, string>>> {
  const answer = await exchange(process, `show map ${map}\n`, context, commandTimeoutMs);
  if (!answer.ok) return answer;
  if (/^Unknown map/m.test(answer.value)) {
    const said = foreignLine(answer.value);
    return err(failure("no-such-object", `${process.name} uses no map ${map} in its configuration`, { said }));
  }
  return ok(parseMap(answer.value));
}
