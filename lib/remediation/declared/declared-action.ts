import {
  type ActionConfig,
  type ActionParam,
  type CheckConfig,
  declaredPrefix,
  usualLength,
} from "#lib/config/actions-schema.ts";
import { fillWords } from "#lib/config/command-template.ts";
import type { ServiceConfig } from "#lib/config/model.ts";
import { failure } from "#lib/core/failure.ts";
import { matchesWhole } from "#lib/core/pattern.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type {
  Action,
  ActionContext,
  ActionPlan,
  Check,
  Manifest,
  ParamField,
  Standing,
  Step,
  Verification,
} from "#lib/integrations/integration.ts";
import { doCommand, type FilledCommand, lookBy } from "#lib/remediation/declared/command.ts";
import { type Place, placeField, placeParam, placesOf } from "#lib/remediation/declared/place.ts";
import { paramComplaint } from "#lib/wire/param.ts";

type Params = Readonly<Record<string, string>>;

/** An action that a team declared in pitwall.yaml, with everything that the engine does around any other. */
export function declaredAction(config: ActionConfig, service: ServiceConfig, manifest: Manifest): Action {
  const places = placesOf(config.at, service, manifest);
  const fields = [...(places.length > 1 ? [placeField(places)] : []), ...Object.entries(config.params).map(fieldOf)];
  return {
    id: `${declaredPrefix}${config.id}`,
    title: config.title,
    about: config.about,
    risk: config.risk,
    ...(config.cooldown === undefined ? {} : { cooldownMs: config.cooldown }),
    ...(config.budget === undefined ? {} : { budget: { runs: config.budget.runs, withinMs: config.budget.within } }),
    mayHeal: () => config.heal,
    offer: () => ({ params: fields, blocked: null }),
    plan: (_config, params) => {
      const place = placeOf(places, params);
      if (!place.ok) return place;
      const wrong = complaintOf(fields, params);
      return wrong === null ? ok(planOf(config, service, place.value, params)) : err(failure("no-such-object", wrong));
    },
  };
}

function placeOf(places: readonly Place[], params: Params): Result<Place> {
  const found = places.length === 1 ? places[0] : places.find(({ name }) => name === params[placeParam]);
  return found === undefined
    ? err(failure("no-such-object", `it does not run at ${params[placeParam] ?? "(no place named)"}`))
    : ok(found);
}

function complaintOf(fields: readonly ParamField[], params: Params): string | null {
  for (const field of fields) {
    const complaint = paramComplaint(field, params[field.name] ?? "", matchesWhole);
    if (complaint !== null) return `${field.label} ${complaint}`;
  }
  return null;
}

function fieldOf([name, param]: [string, ActionParam]): ParamField {
  const told = { name, label: param.label ?? name, ...(param.hint === undefined ? {} : { hint: param.hint }) };
  if (param.enum !== undefined) return { ...told, options: param.enum.map((value) => ({ value, label: value })) };
  if (param.integer !== undefined) return { ...told, options: [], input: { type: "integer", ...param.integer } };
  const { min: minLength, max: maxLength } = param.length ?? usualLength;
  return { ...told, options: [], input: { type: "text", pattern: param.pattern ?? "", minLength, maxLength } };
}

function planOf(config: ActionConfig, service: ServiceConfig, place: Place, params: Params): ActionPlan {
  const fill = (words: readonly string[]): FilledCommand => ({ place, argv: fillWords(words, params), of: config });
  const given = Object.keys(config.params).map((name) => params[name]);
  const title = `${config.title} on ${place.name}${given.length === 0 ? "" : ` (${given.join(", ")})`}`;
  const verify = verificationOf(config, place, fill);
  return {
    title,
    effect: config.about === "" ? `Runs ${shown(fill(config.run))} on ${place.host}.` : config.about,
    touches: [`${place.name} / ${config.title}`],
    locks: [`${service.id} / ${place.name}`],
    ...(place.node === undefined ? {} : { node: place.node }),
    heals: config.verify === "green",
    preflight: config.preflight.map((check, index) => checkOf(check, index, fill(check.run))),
    steps: [stepOf(config, place, fill)],
    ...(config.finally === undefined ? {} : { finally: [finalStep(config, place, fill(config.finally))] }),
    verify,
  };
}

function checkOf(check: ActionConfig["preflight"][number], index: number, command: FilledCommand): Check {
  return {
    id: `check-${index + 1}`,
    title: check.title ?? shown(command),
    run: async (context) => {
      const seen = await lookBy(context, check, command);
      if (!seen.ok) return { verdict: "unknown", evidence: seen.error.what };
      return { verdict: seen.value.holds ? "pass" : "block", evidence: seen.value.evidence };
    },
  };
}

function stepOf(config: ActionConfig, place: Place, fill: (words: readonly string[]) => FilledCommand): Step {
  const { verify, undo, timeout } = config;
  const command = fill(config.run);
  return {
    id: "run",
    title: `${config.title} on ${place.name}`,
    does: `${shown(command)} on ${place.host}`,
    // Ending it over there, and proving that, takes its time after the deadline.
    timeoutMs: timeout + endingMs,
    stands: `“${config.title}” is done on ${place.name}`,
    run: async (context) => {
      if (verify !== "green") await context.remember(heldBefore, await wasSo(context, verify, fill(verify.run)));
      const done = await doCommand(context, command, timeout);
      if (verify !== "green") await context.remember(cameToEnd, "yes");
      return done;
    },
    ...(undo === undefined ? {} : { undo: (context: ActionContext) => doCommand(context, fill(undo), timeout) }),
    ...(verify === "green" ? {} : { probe: (context: ActionContext) => probe(context, verify, fill(verify.run)) }),
  };
}

/** Done whatever became of the run, and again where a crash leaves it open whether it was: that is what it is for. */
function finalStep({ title, timeout }: ActionConfig, place: Place, command: FilledCommand): Step {
  return {
    id: "finally",
    title: `Put back on ${place.name} what “${title}” changes for its time`,
    does: `${shown(command)} on ${place.host}`,
    timeoutMs: timeout + endingMs,
    run: (context) => doCommand(context, command, timeout),
    probe: async () => ok({ stands: false, evidence: "it may run twice" }),
  };
}

/** Under which it is remembered whether the proof held before anything was done: then it proves nothing of the step. */
const heldBefore = "held-before";
/** Under which it is remembered that the program ended: it outlives the poller that started it. */
const cameToEnd = "ended";

async function wasSo(context: ActionContext, check: CheckConfig, command: FilledCommand): Promise<string> {
  const seen = await lookBy(context, check, command);
  return seen.ok && !seen.value.holds ? "no" : "perhaps";
}

async function probe(context: ActionContext, check: CheckConfig, command: FilledCommand): Promise<Result<Standing>> {
  const before = context.recall(heldBefore);
  if (before === undefined) return ok({ stands: false, evidence: "it was not begun" });
  const seen = await lookBy(context, check, command);
  if (!seen.ok) return seen;
  const { holds, evidence } = seen.value;
  if (before !== "no") return err(failure("command-failed", `${evidence}, which may have been so before`));
  if (holds || context.recall(cameToEnd) !== undefined) return ok({ stands: holds, evidence });
  return err(failure("command-failed", `${evidence}, and the program may still run`));
}

const endingMs = 12_000;

function verificationOf(
  { verify }: ActionConfig,
  { node, name }: Place,
  fill: (words: readonly string[]) => FilledCommand,
): Verification {
  if (verify === "green") {
    return {
      title: `Nothing is wrong ${node === undefined ? "with the service" : `on ${name}`} any more`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 120_000,
      probe: async (context) => {
        const seen = await context.trouble(node);
        if (!seen.ok) return { holds: false, evidence: seen.error.what };
        return { holds: seen.value.length === 0, evidence: seen.value.join("; ") || "green" };
      },
    };
  }
  const command = fill(verify.run);
  const wanted = verify.stdout === undefined ? "" : ` and prints ${verify.stdout}`;
  return {
    title: `${shown(command)} ends with code ${verify.exit}${wanted}`,
    consecutive: verify.times,
    everyMs: verify.every,
    timeoutMs: verify.within,
    probe: async (context) => {
      const seen = await lookBy(context, verify, command);
      return seen.ok ? seen.value : { holds: false, evidence: seen.error.what };
    },
  };
}

/** A command for reading: words that hold blanks between quotes. */
function shown({ argv }: FilledCommand): string {
  return argv.map((word) => (/[^\w@%+=:,./-]/.test(word) ? JSON.stringify(word) : word)).join(" ");
}
