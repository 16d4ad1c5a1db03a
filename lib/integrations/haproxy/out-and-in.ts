import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { commandFor, commandTimeoutMs, readServer, type ServerKey } from "#lib/integrations/haproxy/admin.ts";
import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { offerServers } from "#lib/integrations/haproxy/offers.ts";
import { numberOf } from "#lib/integrations/haproxy/parse.ts";
import { fitToServe, type HaproxyContext, preflightFor, serversLeft } from "#lib/integrations/haproxy/preflight.ts";
import { resourcesOf, serverOf, stateSetting, stateStep } from "#lib/integrations/haproxy/server-state.ts";
import { putBackStep } from "#lib/integrations/haproxy/setting.ts";
import { verificationFor } from "#lib/integrations/haproxy/verify.ts";
import type { Action, ActionPlan, Step } from "#lib/integrations/integration.ts";

type HaproxyAction = Action<HaproxyConfig, HaproxyDetail>;
type HaproxyStep = Step<HaproxyConfig, HaproxyDetail>;

/** How long sessions may take to end by themselves. They are never cut off: then the server is brought back instead. */
const emptyWithinMs = 60_000;
const fitWithinMs = 120_000;
const everyMs = 300;
/** So often in a row a server must be without a session, and so often it must pass before it serves. */
const inARow = { empty: 2, fit: 3 };

/**
 * Halves of a remedy that another kind makes around its own step: out of rotation until no request is left, and back in when
 * it is fit, on every process. What is put back is what was found.
 */
export const outAndInActions: readonly HaproxyAction[] = [
  {
    id: "server-out",
    title: "Take a server out until it is empty",
    about: "Drains a server and waits until its last request ended.",
    risk: "medium",
    partOnly: true,
    offer: (_config, detail) => offerServers(detail, () => true, "There is no server"),
    plan: planOut,
  },
  {
    id: "server-in",
    title: "Put a server back in when it is fit",
    about: "Waits until a server passes its checks and ends its drain.",
    risk: "medium",
    partOnly: true,
    offer: (_config, detail) => offerServers(detail, () => true, "There is no server"),
    plan: planIn,
  },
];

type Plan = Result<ActionPlan<HaproxyConfig, HaproxyDetail>>;

function planOut(config: HaproxyConfig, params: Readonly<Record<string, string>>, detail: HaproxyDetail | null): Plan {
  const found = serverOf(detail, params.server);
  if (!found.ok) return found;
  const { key } = found.value;
  const left: HaproxyStep = {
    id: "left",
    title: `Look whether enough servers of ${key.backend} stay`,
    does: "show stat",
    timeoutMs: 3 * commandTimeoutMs,
    changes: false,
    run: async (context) => {
      const { verdict, evidence } = await serversLeft(config, key, context);
      return verdict === "pass" || verdict === "warn" ? ok(evidence) : err(failure("command-failed", evidence));
    },
  };
  const empty: HaproxyStep = {
    id: "empty",
    title: `Wait until ${key.server} has no request`,
    does: `show stat, until scur and qcur of ${key.server} are 0`,
    timeoutMs: emptyWithinMs + 5_000,
    changes: false,
    run: (context) => waitEmpty(config, key, context),
  };
  return ok({
    ...wordsOf(`Take ${key.server} out of ${key.backend}`, config, key),
    preflight: preflightFor(config, key, "drain"),
    steps: [left, ...config.processes.map((process) => stateStep(process, key, "drain")), empty],
    verify: verificationFor(config, key, "drain"),
  });
}

function planIn(config: HaproxyConfig, params: Readonly<Record<string, string>>, detail: HaproxyDetail | null): Plan {
  const found = serverOf(detail, params.server);
  if (!found.ok) return found;
  const { key } = found.value;
  const fit: HaproxyStep = {
    id: "fit",
    title: `Wait until ${key.server} passes its checks`,
    does: "show stat, and its health page where pitwall.yaml names one",
    timeoutMs: fitWithinMs + 5_000,
    changes: false,
    run: (context) => waitFit(config, key, context),
  };
  return ok({
    ...wordsOf(`Put ${key.server} back into ${key.backend}`, config, key),
    preflight: [],
    steps: [
      fit,
      ...config.processes.map((process) =>
        putBackStep(stateSetting(process, key), {
          id: `back-${process.name}`,
          title: `Put back ${key.server} on ${process.name}`,
          does: commandFor(process, key, "ready"),
          timeoutMs: 3 * commandTimeoutMs,
          wanted: "drain",
          ends: [`drain-${process.name}`],
        }),
      ),
    ],
    verify: verificationFor(config, key, "ready"),
  });
}

function wordsOf(title: string, config: HaproxyConfig, key: ServerKey) {
  return { title, effect: `${title}.`, ...resourcesOf(config, key), node: key.server, heals: false };
}

async function waitEmpty(config: HaproxyConfig, key: ServerKey, context: HaproxyContext): Promise<Result<string>> {
  const endAt = performance.now() + emptyWithinMs;
  let [times, told] = [0, ""];
  for (;;) {
    const busy = await busyOn(config, key, context);
    if (!busy.ok) return busy;
    const words = busy.value.map(({ process, count }) => `${process}: ${count}`).join("; ");
    if (words !== told) context.output(`requests left on ${key.server}: ${words}`, key.server);
    told = words;
    times = busy.value.every(({ count }) => count === 0) ? times + 1 : 0;
    if (times >= inARow.empty) return ok(`no request left (${words})`);
    if (performance.now() > endAt) {
      return err(failure("command-failed", `requests on ${key.server} did not end within 60 s: ${words}`));
    }
    await context.sleep(everyMs);
  }
}

async function busyOn(
  config: HaproxyConfig,
  key: ServerKey,
  context: HaproxyContext,
): Promise<Result<readonly { readonly process: string; readonly count: number }[]>> {
  const seen: { process: string; count: number }[] = [];
  for (const process of config.processes) {
    const now = await readServer(process, key, context);
    if (!now.ok) return now;
    const count = (numberOf(now.value.row, "scur") ?? 0) + (numberOf(now.value.row, "qcur") ?? 0);
    seen.push({ process: process.name, count });
  }
  return ok(seen);
}

async function waitFit(config: HaproxyConfig, key: ServerKey, context: HaproxyContext): Promise<Result<string>> {
  const endAt = performance.now() + fitWithinMs;
  let [times, told] = [0, ""];
  for (;;) {
    const { verdict, evidence } = await fitToServe(config, key, context);
    if (evidence !== told) context.output(evidence, key.server);
    told = evidence;
    times = verdict === "pass" || verdict === "warn" ? times + 1 : 0;
    if (times >= inARow.fit) return ok(evidence);
    if (performance.now() > endAt) {
      return err(failure("command-failed", `${key.server} was not fit within 2 min: ${evidence}`));
    }
    await context.sleep(2 * everyMs);
  }
}
