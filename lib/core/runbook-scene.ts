import { type CauseExplained, explainCause } from "#lib/core/explain-cause.ts";
import type { RuleExplained } from "#lib/core/explain-rules.ts";
import type { Where } from "#lib/core/runbook.ts";
import type { VerdictInput } from "#lib/core/subject.ts";

/** What a runbook reads of a service of the board, its status already weighed by its age. */
export interface SceneService extends Omit<VerdictInput, "actions"> {
  readonly kind: string;
  readonly summary: string;
  readonly checkedAt: number | null;
  readonly failure: { readonly what: string } | null;
  readonly actions: readonly SceneOffer[];
}

export interface SceneOffer {
  readonly id: string;
  readonly title: string;
  readonly risk: string;
  readonly blocked: string | null;
  readonly params: readonly {
    readonly name: string;
    readonly options: readonly { readonly value: string; readonly label: string }[];
  }[];
}

/** The state of the board as one runbook sees it: now, or at a moment of the past. */
export interface SceneGiven {
  readonly services: readonly SceneService[];
  readonly selfId: string;
  readonly now: number;
  /** The rules of a service with the numbers they were judged by. */
  readonly explained: (service: SceneService) => readonly RuleExplained[];
  /** Of the findings that are open, those that say that part of the service is not seen, for answers about that rule. */
  readonly blinding: (service: SceneService, rule: string | null) => readonly { readonly message: string }[];
  /** What the last poll measured, by `metric|node|subject`; `null` when nothing is kept of it. */
  readonly metrics: (serviceId: string) => Readonly<Record<string, number | null>> | null;
  /** What the trouble began at when somebody last looked: it stays the root while it is being healed. */
  readonly rootBefore: string | null;
  /** The trouble begins at a service that the reader may not see. */
  readonly rootHidden: boolean;
  /** Nobody can act on the past, so what was offered is not kept. */
  readonly past: boolean;
}

export interface Scene extends SceneGiven {
  readonly self: SceneService | undefined;
  readonly cause: CauseExplained;
  readonly root: SceneService | null;
}

/** Looks up what the answers have in common. Pure. */
export function sceneOf(given: SceneGiven): Scene {
  const { services, selfId, now } = given;
  const byId = (id: string | null | undefined) => services.find((service) => service.id === id);
  const cause = explainCause(services, selfId, now);
  const found = cause.role === "symptom" ? byId(cause.root?.serviceId) : undefined;
  const before = byId(given.rootBefore);
  const root = found === undefined || (before !== undefined && staysRoot(before, services, now)) ? before : found;
  return { ...given, self: byId(selfId), cause, root: root ?? null };
}

/**
 * What somebody heals stays the root until it is well, also while it cannot be seen: a late poll or a second trouble must
 * not put another name on the step under their hand. It gives way to what its own trouble turned out to come from.
 */
function staysRoot(before: SceneService, services: readonly SceneService[], now: number): boolean {
  return before.status !== "ok" && explainCause(services, before.id, now).role !== "symptom";
}

/** The services that a step or a condition is about, in the order of the board. */
export function servicesAt(scene: Scene, where: Where = "self"): readonly SceneService[] {
  const { services, self, root } = scene;
  if (typeof where === "object") return services.filter(({ id }) => id === where.service);
  if (self === undefined) return [];
  switch (where) {
    case "self":
      return [self];
    case "root":
      return root === null ? [] : [root];
    case "dependencies":
      return among(
        services,
        reach(self.id, (id) => neededBy(services.find((one) => one.id === id))),
      );
    case "dependents":
      return among(
        services,
        reach(self.id, (id) => services.filter((one) => neededBy(one).includes(id)).map((one) => one.id)),
      );
    default:
      return where satisfies never;
  }
}

/** Ids of what it needs, declared or found and not refused. */
function neededBy(service: SceneService | undefined): string[] {
  const found = (service?.found ?? []).filter((each) => each.refused === undefined).map(({ id }) => id);
  return [...new Set([...(service?.dependsOn ?? []), ...found])];
}

function reach(from: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>([from]);
  for (const id of reached) for (const further of next(id)) reached.add(further);
  reached.delete(from);
  return reached;
}

function among(services: readonly SceneService[], ids: ReadonlySet<string>): SceneService[] {
  return services.filter(({ id }) => ids.has(id));
}

/** `where` in words, for a place that is empty. */
export function whereWords(where: Where = "self"): string {
  if (typeof where === "object") return `the service ${where.service}`;
  switch (where) {
    case "self":
      return "this service";
    case "root":
      return "what the trouble begins at";
    case "dependencies":
      return "what it depends on";
    case "dependents":
      return "what depends on it";
    default:
      return where satisfies never;
  }
}

/** A text of a runbook with the names that belong there. */
export function filled(text: string, scene: Scene): string {
  return text
    .replaceAll("{service}", scene.self?.name ?? scene.selfId)
    .replaceAll("{root}", scene.root?.name ?? (scene.rootHidden ? "a service you may not see" : "the cause"));
}
