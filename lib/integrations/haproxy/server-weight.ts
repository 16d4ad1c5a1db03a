import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { command, commandTimeoutMs, readServer, type ServerKey } from "#lib/integrations/haproxy/admin.ts";
import { type HaproxyConfig, type SocketProcess, socketsOf } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { offerServers } from "#lib/integrations/haproxy/offers.ts";
import { type HaproxyContext, preflightFor } from "#lib/integrations/haproxy/preflight.ts";
import { lostOnReload, resourcesOf, serverOf } from "#lib/integrations/haproxy/server-state.ts";
import { type Setting, setStep } from "#lib/integrations/haproxy/setting.ts";
import type { Action, ActionPlan, CheckResult } from "#lib/integrations/integration.ts";

/** Shares of the configured weight that one can choose. */
const shares = ["0%", "10%", "25%", "50%", "75%", "100%"] as const;

/** Gives a server less of the new sessions, or all of its share again, on every process. */
export const serverWeight: Action<HaproxyConfig, HaproxyDetail> = {
  id: "server-weight",
  title: "Weigh a server",
  about: "Gives a server a share of its configured weight: fewer new sessions, or all of them again.",
  risk: "low",
  offer: (_config, detail) =>
    offerServers(detail, (server) => server.agent === null, "No server's weight is in your hands", {
      needsSocket: true,
      params: [
        {
          name: "weight",
          label: "Share of its weight",
          options: shares.map((share) => ({ value: share, label: share })),
        },
      ],
    }),
  plan: planWeight,
};

function planWeight(
  config: HaproxyConfig,
  params: Readonly<Record<string, string>>,
  detail: HaproxyDetail | null,
): Result<ActionPlan<HaproxyConfig, HaproxyDetail>> {
  const found = serverOf(detail, params.server);
  if (!found.ok) return found;
  const { key, backend } = found.value;
  const share = shares.find((one) => one === params.weight);
  if (share === undefined) return err(failure("no-such-object", "the share is none of those that can be chosen"));
  const processes = socketsOf(config);
  const part = Number.parseInt(share, 10) / 100;
  return ok({
    title: `Give ${key.server} in ${backend.name} ${share} of its weight`,
    effect:
      part === 0
        ? `${key.server} gets no new sessions but those of clients bound to it by a cookie.`
        : `${key.server} gets ${share} of the new sessions it would get by the configuration.`,
    ...resourcesOf(config, key),
    node: key.server,
    heals: false,
    caveat: lostOnReload,
    preflight: [
      ...preflightFor(config, key, part === 0 ? "drain" : "weigh"),
      {
        id: "divisible",
        title: "Its weight can be shared out",
        run: (context) => checkDivisible(processes, key, share, context),
      },
    ],
    steps: processes.map((process) =>
      setStep(weightSetting(process, key), {
        id: `weight-${process.name}`,
        title: `Weigh ${key.server} on ${process.name}`,
        does: `set weight ${key.backend}/${key.server} ${share}`,
        timeoutMs: 3 * commandTimeoutMs,
        stands: `${key.server} in ${key.backend} has ${share} of its weight on ${process.name}`,
        wanted: share,
      }),
    ),
    verify: {
      title: `${key.server} has ${share} of its weight`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 30_000,
      probe: async (context) => {
        const read = await Promise.all(processes.map((process) => weightSetting(process, key).read(context)));
        const evidence = read.map((one, at) => `${processes[at]?.name}: ${one.ok ? one.value : one.error.what}`);
        const holds = read.every((one) => {
          const seen = one.ok ? numbersOf(one.value) : null;
          return seen !== null && seen.weight === wholeNumber(share, seen.configured);
        });
        return { holds, evidence: evidence.join("; ") };
      },
    },
  });
}

/** Of a weight of 1 there is no quarter: that would be told as done, and nothing would change. */
async function checkDivisible(
  processes: readonly SocketProcess[],
  key: ServerKey,
  share: string,
  context: HaproxyContext,
): Promise<CheckResult> {
  const read = await Promise.all(processes.map((process) => weightSetting(process, key).read(context)));
  const seen = read.map((one) => (one.ok ? numbersOf(one.value) : null));
  const evidence = read.map((one, at) => `${processes[at]?.name}: ${one.ok ? one.value : one.error.what}`).join("; ");
  if (seen.some((one) => one === null)) return { verdict: "unknown", evidence };
  const whole = seen.some((one) => share !== "100%" && wholeNumber(share, one?.configured) === one?.configured);
  if (!whole) return { verdict: "pass", evidence };
  return {
    verdict: "block",
    evidence: `${evidence}: ${share} of that is all of it; give the servers larger weights in HAProxy's configuration`,
  };
}

/**
 * A weight reads `5 of 10`: as it is set, and as the configuration says. What is written is always the whole number, because
 * a share of a small weight is rounded by HAProxy as it likes.
 */
function weightSetting(process: SocketProcess, key: ServerKey): Setting {
  const read = async (context: HaproxyContext): Promise<Result<string>> => {
    const now = await readServer(process, key, context);
    if (!now.ok) return now;
    const told = now.value.reading.states?.get(`${key.backend}/${key.server}`);
    const known = told !== undefined && told.weight !== null && told.configuredWeight !== null;
    return ok(known ? `${told.weight} of ${told.configuredWeight}` : "unknown");
  };
  return {
    name: `${process.name}/${key.backend}/${key.server}/weight`,
    words: `the weight of ${key.server} on ${process.name}`,
    read,
    counts: (told, value) => numbersOf(told)?.weight === wholeNumber(value, numbersOf(told)?.configured),
    async write(value, context) {
      const now = await read(context);
      if (!now.ok) return now;
      const weight = wholeNumber(value, numbersOf(now.value)?.configured);
      if (weight === null) return err(failure("command-failed", `${process.name} does not tell the configured weight`));
      return await command(process, `set weight ${key.backend}/${key.server} ${weight}`, context);
    },
  };
}

function numbersOf(told: string): { readonly weight: number; readonly configured: number } | null {
  const [, weight, configured] = /^(\d+) of (\d+)$/.exec(told) ?? [];
  return weight === undefined ? null : { weight: Number(weight), configured: Number(configured) };
}

/** `50%` of the configured weight, never rounded to nothing; or the number of a weight that was read. */
function wholeNumber(value: string, configured: number | undefined): number | null {
  if (!value.endsWith("%")) return numbersOf(value)?.weight ?? null;
  if (configured === undefined) return null;
  const share = Number.parseInt(value, 10);
  return share === 0 ? 0 : Math.max(1, Math.round((configured * share) / 100));
}
