import { restartUnitId, type UnitConfig } from "#lib/config/actions-schema.ts";
import { dataStoreOf } from "#lib/config/data-store.ts";
import type { ServiceConfig } from "#lib/config/model.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type {
  Action,
  ActionContext,
  ActionPlan,
  CheckResult,
  Manifest,
  ParamField,
  Standing,
  Step,
  Verification,
} from "#lib/integrations/integration.ts";
import { doCommand } from "#lib/remediation/declared/command.ts";
import { type Place, placesOf } from "#lib/remediation/declared/place.ts";
import { isMoving, isUp, readUnit, shownState, unitArgv } from "#lib/remediation/declared/systemd.ts";

/** One unit of the allow-list, and where it runs. */
interface Allowed {
  readonly unit: UnitConfig;
  readonly place: Place;
  /** `web-01/apache2.service`. */
  readonly name: string;
}

/** Restarts one of the units that the configuration allows, and is believed when it runs steadily in a new process. */
export function restartUnit(units: readonly UnitConfig[], service: ServiceConfig, manifest: Manifest): Action {
  const allowed = units.flatMap((unit) => {
    const at = unit.node === undefined ? unit.host : { host: unit.host, node: unit.node };
    return placesOf(at, service, manifest).map((place) => ({ unit, place, name: `${place.name}/${unit.unit}` }));
  });
  return {
    id: restartUnitId,
    title: "Restart a unit",
    about: "Restarts one unit of systemd on its host; what it serves fails meanwhile, and so does what requires it.",
    risk: "medium",
    cooldownMs: 30_000,
    budget: { runs: 3, withinMs: 3_600_000 },
    mayHeal: (params) => allowed.some(({ name, unit }) => name === params.unit && unit.heal),
    offer: () => ({ params: [unitField(allowed), failuresField], blocked: null }),
    plan: (_config, params) => {
      const found = allowed.find(({ name }) => name === params.unit);
      if (found === undefined) {
        return err(failure("no-such-object", `${params.unit ?? "(no unit named)"} is not on this service's list`));
      }
      return ok(planOf(found, resets.find((one) => one === params.failures) ?? "keep"));
    },
  };
}

function unitField(allowed: readonly Allowed[]) {
  const options = allowed.map(({ name, place, unit }) => ({
    value: name,
    label: unit.unit,
    hint: `on ${place.name}`,
    ...(place.node === undefined ? {} : { node: place.node }),
    ...(unit.heal ? {} : { heal: false as const }),
  }));
  return { name: "unit", label: "Unit", options };
}

/** What becomes of the failures that systemd counts, and whose limit keeps a unit from being started. */
const resets = ["keep", "reset", "if-given-up"] as const;
type Reset = (typeof resets)[number];

const failuresField: ParamField = {
  name: "failures",
  label: "Failures it had",
  options: [
    { value: "keep", label: "Leave them", hint: "its start limit still counts" },
    { value: "reset", label: "Reset them first", hint: "systemctl reset-failed" },
    { value: "if-given-up", label: "Reset them if systemd gave up", hint: "as a heal rule does" },
  ],
  // A unit that is down for good is one that systemd gave up: the rule has a budget of its own.
  byRule: "if-given-up",
};

function planOf(allowed: Allowed, reset: Reset): ActionPlan {
  const { unit, place } = allowed;
  const steps = [...(reset === "keep" ? [] : [resetStep(allowed, reset)]), restartStep(allowed)];
  return {
    title: `Restart ${unit.unit} on ${place.name}`,
    effect: `${unit.unit} stops and starts again on ${place.name}; what it serves there fails meanwhile.`,
    touches: [`${place.name} / ${unit.unit}`],
    ...(place.node === undefined ? {} : { node: place.node }),
    heals: true,
    preflight: [
      {
        id: "unit",
        title: `${unit.unit} is there and can be started`,
        run: (context) => checkUnit(context, allowed, reset),
      },
      {
        id: "dependants",
        title: "Nothing else goes down with it",
        run: (context) => checkDependants(context, allowed),
      },
    ],
    steps,
    verify: verification(allowed),
  };
}

async function checkUnit(context: ActionContext, { unit, place }: Allowed, reset: Reset): Promise<CheckResult> {
  const seen = await readUnit(context, unit);
  if (!seen.ok) return { verdict: "unknown", evidence: seen.error.what };
  const state = seen.value;
  if (state.loadState !== "loaded") {
    return { verdict: "block", evidence: `${unit.unit} is ${state.loadState || "not known"} on ${place.name}` };
  }
  const store = [state.id, ...state.names].map(dataStoreOf).find((kind) => kind !== null);
  if (store !== undefined)
    return { verdict: "block", evidence: `${state.id} holds data (${store}): it is not for this` };
  if (!state.canStart || state.refusesManual) {
    return { verdict: "block", evidence: `${unit.unit} refuses to be started or stopped by hand` };
  }
  if (state.givenUp && reset === "keep") {
    const evidence = `systemd gave up on ${unit.unit} after ${state.restarts} restarts: look why, then choose to reset its failures`;
    return { verdict: "block", evidence };
  }
  return { verdict: "pass", evidence: `${unit.unit} is ${shownState(state)}` };
}

async function checkDependants(context: ActionContext, { unit }: Allowed): Promise<CheckResult> {
  const seen = await readUnit(context, unit);
  if (!seen.ok) return { verdict: "unknown", evidence: seen.error.what };
  const { dependants } = seen.value;
  const store = dependants.find((one) => dataStoreOf(one) !== null);
  if (store !== undefined) return { verdict: "block", evidence: `${store} holds data and would go down with it` };
  if (dependants.length === 0) return { verdict: "pass", evidence: "no unit requires it" };
  return { verdict: "warn", evidence: `with it go ${dependants.join(", ")}` };
}

function resetStep(allowed: Allowed, reset: Exclude<Reset, "keep">): Step {
  const { unit, place } = allowed;
  const argv = unitArgv(unit, "reset-failed");
  return {
    id: "reset",
    title: `Reset the failures of ${unit.unit}${reset === "reset" ? "" : " if systemd gave up"}`,
    does: `${argv.join(" ")} on ${place.host}`,
    timeoutMs: 30_000,
    run: async (context) => {
      if (reset === "if-given-up") {
        const seen = await readUnit(context, unit);
        if (!seen.ok) return seen;
        if (!seen.value.givenUp) return ok(`nothing to reset: ${shownState(seen.value)}`);
      }
      return await doCommand(context, { place, argv, of: bare }, 15_000);
    },
  };
}

/** Under which it is remembered which start of the unit there was before. */
const before = "invocation";
const bare = { env: {}, secrets: {} };
const endingMs = 12_000;

function restartStep(allowed: Allowed): Step {
  const { unit, place } = allowed;
  const argv = unitArgv(unit, "restart");
  return {
    id: "restart",
    title: `Restart ${unit.unit} on ${place.name}`,
    does: `${argv.join(" ")} on ${place.host}`,
    timeoutMs: unit.timeout + endingMs,
    stands: `${unit.unit} was told to restart on ${place.name}`,
    run: async (context) => {
      const seen = await readUnit(context, unit);
      if (!seen.ok) return seen;
      await context.remember(before, seen.value.invocation || "none");
      const done = await doCommand(context, { place, argv, of: bare }, unit.timeout);
      return done.ok ? ok(`restarted; it was ${shownState(seen.value)} before`) : err(honest(done.error, unit.unit));
    },
    probe: (context) => probe(context, allowed),
  };
}

/** What ended is `systemctl`, which waited for the restart; systemd goes on with it by itself. */
function honest(failed: Failure, unit: string): Failure {
  if (failed.provenGone === undefined) return failed;
  const { provenGone: _client, ...rest } = failed;
  return { ...rest, what: `${failed.what}; systemd may still be restarting ${unit}`, mayStillRun: true };
}

async function probe(context: ActionContext, { unit }: Allowed): Promise<Result<Standing>> {
  const known = context.recall(before);
  if (known === undefined) return ok({ stands: false, evidence: "it was not touched" });
  // systemd goes on with what it was told, whoever told it.
  let seen = await readUnit(context, unit);
  while (seen.ok && isMoving(seen.value)) {
    await context.sleep(500);
    seen = await readUnit(context, unit);
  }
  if (!seen.ok) return seen;
  const now = seen.value.invocation || "none";
  const which = now === known ? "the same start as before" : "another start than before";
  return ok({ stands: now !== known, evidence: `${which}, ${shownState(seen.value)}` });
}

/** Up, in another start than before, and in one and the same process for as long as the configuration says. */
function verification({ unit, place }: Allowed): Verification {
  let process: string | null = null;
  return {
    title: `${unit.unit} on ${place.name} runs steadily in a new process`,
    consecutive: Math.ceil(unit.steady / everyMs) + 1,
    everyMs,
    timeoutMs: unit.steady + unit.timeout,
    probe: async (context) => {
      const seen = await readUnit(context, unit);
      if (!seen.ok) return { holds: false, evidence: seen.error.what };
      const state = seen.value;
      const told = shownState(state);
      if (!isUp(state)) return { holds: false, evidence: told };
      if (state.invocation === context.recall(before))
        return { holds: false, evidence: `still the old start: ${told}` };
      const now = `${state.invocation} ${state.pid}`;
      const same = process === null || process === now;
      process = now;
      return same
        ? { holds: true, evidence: told }
        : { holds: false, evidence: `${told}: another process than a moment ago` };
    },
  };
}

const everyMs = 1_000;
