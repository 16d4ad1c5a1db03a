import { restartUnitId } from "#lib/config/actions-schema.ts";
import { noSuch, type ReadService } from "#lib/config/checks.ts";
import { type Complaint, describeValue } from "#lib/config/complaint.ts";
import { explainIssues } from "#lib/config/explain.ts";
import { linkedSchema } from "#lib/config/json-schema.ts";
import type { ActionIds } from "#lib/config/known-actions.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import { nearest } from "#lib/core/nearest.ts";
import {
  conditionsOf,
  type DeclaredRunbook,
  everyStep,
  listOf,
  type RunbookStep,
  type Where,
} from "#lib/core/runbook.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { runbookSchema, stepWords } from "#lib/integrations/runbook-schema.ts";

const mostRunbooks = 100;
/** Of one runbook, all branches together. */
const mostSteps = 200;

interface Place {
  readonly registry: Readonly<Record<string, Integration>>;
  readonly services: readonly ReadService[];
  /** What each kind can do; without it nothing is said of actions. */
  readonly actionIds: ActionIds | undefined;
}

/** The runbooks under `runbooks:`, as far as they are good; what is not is complained about. */
export function readRunbooks(value: unknown, place: Place, complaints: Complaint[]): DeclaredRunbook[] {
  if (value === undefined || value === null) return [];
  const path: Path = ["runbooks"];
  if (!Array.isArray(value) || value.length > mostRunbooks) {
    const found = Array.isArray(value) ? `${value.length} entries` : describeValue(value);
    const message = `\`runbooks\`: expected a list of at most ${mostRunbooks} runbooks, found ${found}`;
    complaints.push({ path, at: "value", message });
    return [];
  }
  return value.flatMap((raw: unknown, index) => {
    const at = [...path, index];
    const strange = strangeSteps(stepsIn(raw), [...at, "steps"]);
    complaints.push(...strange);
    if (strange.length > 0) return [];
    const parsed = runbookSchema.safeParse(raw);
    if (!parsed.success) {
      complaints.push(...explainIssues(parsed.error.issues, raw, linkedSchema(runbookSchema), at));
      return [];
    }
    complaints.push(...checkRunbook(parsed.data, place, at));
    return [parsed.data];
  });
}

/** A step that begins with no word that is known: said at once, for all its other keys would look wrong as well. */
function strangeSteps(steps: unknown, path: Path): Complaint[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, index): Complaint[] => {
    const at = [...path, index];
    if (typeof step !== "object" || step === null || Array.isArray(step)) return [];
    const keys = Object.keys(step);
    if (!stepWords.some((word) => keys.includes(word))) {
      const meant = keys.flatMap((key) => nearest(key, stepWords) ?? [])[0];
      const hint = meant === undefined ? "" : ` — did you mean \`${meant}\`?`;
      const message = `a step is one of ${stepWords.join(", ")}${hint}`;
      return [{ path: at, at: "value", message, ...(meant === undefined ? {} : { nearest: meant }) }];
    }
    return Object.entries(step).flatMap(([key, inner]: [string, unknown]) => {
      if (key !== "options") return strangeSteps(inner, [...at, key]);
      const options = Array.isArray(inner) ? inner : [];
      return options.flatMap((option, way) => strangeSteps(stepsIn(option), [...at, key, way, "steps"]));
    });
  });
}

function stepsIn(raw: unknown): unknown {
  return typeof raw === "object" && raw !== null && "steps" in raw ? raw.steps : undefined;
}

/** Names that stand for nothing: kinds, services, rules, metrics, actions. */
function checkRunbook(runbook: DeclaredRunbook, place: Place, path: Path): Complaint[] {
  const { registry, services, actionIds } = place;
  const ids = services.flatMap(({ raw }) => (typeof raw.id === "string" ? [raw.id] : []));
  const { kind, services: named = [], steps = [] } = runbook;
  const unknownKind = kind !== undefined && !Object.hasOwn(registry, kind);
  const strangers = named.flatMap((id, at) =>
    ids.includes(id) ? [] : [noSuch("no service has the id", id, ids, [...path, "services", at])],
  );
  if (unknownKind) return [noSuch("there is no kind", kind, Object.keys(registry), [...path, "kind"]), ...strangers];
  if (strangers.length > 0) return strangers;
  const owners = services.filter(({ raw }) => named.includes(`${raw.id}`)).flatMap(({ raw }) => `${raw.kind}`);
  const kinds = [...new Set([...(kind === undefined ? [] : [kind]), ...owners])].filter((one) =>
    Object.hasOwn(registry, one),
  );
  const names = knownNames(kinds, (service) => kind === service.raw.kind || named.includes(`${service.raw.id}`), place);
  if (runbook.hide === true) {
    const own = kinds.flatMap((one) => (registry[one]?.manifest.runbooks ?? []).map(({ id }) => id));
    return own.includes(runbook.id)
      ? []
      : [noSuch("there is no runbook to hide of the id", runbook.id, own, [...path, "id"])];
  }
  const all = everyStep(steps);
  if (all.length > mostSteps) {
    const message = `${all.length} steps are more than anybody follows (limit ${mostSteps})`;
    return [{ path: [...path, "steps"], at: "value", message }];
  }
  return [
    ...(runbook.when ?? []).flatMap((rule, at) =>
      missing("no such rule:", rule, names.rules.self, [...path, "when", at]),
    ),
    ...checkSteps(
      steps,
      [...path, "steps"],
      { names, ids, checksActions: actionIds !== undefined && services.every(({ base }) => base !== undefined) },
      true,
    ),
  ];
}

interface Known {
  readonly names: ReturnType<typeof knownNames>;
  readonly ids: readonly string[];
  /** Not while a service cannot be read: what it declares is not known then. */
  readonly checksActions: boolean;
}

/** Of the kinds that it is for, and of all: what another service has depends on which one it will be. */
function knownNames(
  kinds: readonly string[],
  isOwner: (service: ReadService) => boolean,
  { registry, services, actionIds }: Place,
) {
  const all = Object.keys(registry);
  const declared = (of: readonly ReadService[]) =>
    of.flatMap(({ base }) => [
      ...(base?.actions ?? []).map(({ id }) => id),
      ...((base?.units ?? []).length > 0 ? [restartUnitId] : []),
    ]);
  const of = <T>(list: (kind: string) => readonly T[]) => ({ self: kinds.flatMap(list), any: all.flatMap(list) });
  const ofKinds = of((kind) => actionIds?.get(kind) ?? []);
  return {
    rules: of((kind) => registry[kind]?.manifest.rules.map(({ id }) => id) ?? []),
    metrics: of((kind) => Object.keys(registry[kind]?.manifest.metrics ?? {})),
    actions: {
      self: [...ofKinds.self, ...declared(services.filter(isOwner))],
      any: [...ofKinds.any, ...declared(services)],
    },
  };
}

function checkSteps(steps: readonly RunbookStep[], path: Path, known: Known, top: boolean): Complaint[] {
  return steps.flatMap((step, index) => {
    const at = [...path, index];
    return [
      ...checkStep(step, at, known),
      ...checkRecord(step, at, top && index === steps.length - 1),
      ...inner(step, at, known),
    ];
  });
}

function inner(step: RunbookStep, at: Path, known: Known): Complaint[] {
  if ("check" in step) {
    const branches = { yes: step.yes, no: step.no, unknown: step.unknown };
    return Object.entries(branches).flatMap(([key, steps = []]) => checkSteps(steps, [...at, key], known, false));
  }
  if (!("choose" in step)) return [];
  return step.options.flatMap(({ steps }, way) => checkSteps(steps, [...at, "options", way, "steps"], known, false));
}

function checkRecord(step: RunbookStep, at: Path, last: boolean): Complaint[] {
  if (!("record" in step) || last) return [];
  return [
    { path: [...at, "record"], at: "key", message: "`record` is the end: it stands last, outside of all branches" },
  ];
}

function checkStep(step: RunbookStep, at: Path, { names, ids, checksActions }: Known): Complaint[] {
  const of = (known: { readonly self: readonly string[]; readonly any: readonly string[] }, on: Where | undefined) =>
    on === undefined || on === "self" ? known.self : known.any;
  const place = (on: Where | undefined, path: Path) =>
    typeof on === "object" ? missing("no service has the id", on.service, ids, [...path, "on", "service"]) : [];
  const actions = (wanted: string | readonly string[], on: Where | undefined, path: Path) =>
    checksActions ? listOf(wanted).flatMap((id) => missing("no such action:", id, of(names.actions, on), path)) : [];
  const asked = conditionsOf(step).flatMap((condition): Complaint[] => {
    const path = [...at, "if"];
    if ("finding" in condition) {
      const rules = listOf(condition.finding);
      const unknown = rules.flatMap((rule) => missing("no such rule:", rule, of(names.rules, condition.on), path));
      return [...unknown, ...place(condition.on, path)];
    }
    if ("metric" in condition) {
      const unknown = missing("no such metric:", condition.metric, of(names.metrics, condition.on), path);
      return [...unknown, ...place(condition.on, path)];
    }
    if ("offered" in condition)
      return [...actions(condition.offered, condition.on, path), ...place(condition.on, path)];
    return "status" in condition ? place(condition.on, path) : [];
  });
  if ("action" in step) {
    const rules = (step.for ?? []).flatMap((rule, index) =>
      missing("no such rule:", rule, of(names.rules, step.on), [...at, "for", index]),
    );
    return [...actions(step.action, step.on, [...at, "action"]), ...rules, ...place(step.on, at)];
  }
  return "manual" in step ? place(step.on, at) : asked;
}

function missing(words: string, name: string, known: readonly string[], path: Path): Complaint[] {
  return known.includes(name) ? [] : [noSuch(words, name, known, path)];
}
