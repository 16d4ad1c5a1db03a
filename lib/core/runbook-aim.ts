import { type ActionStep, listOf } from "#lib/core/runbook.ts";
import { type Scene, type SceneOffer, type SceneService, servicesAt } from "#lib/core/runbook-scene.ts";

/** One button of an action step: what it would start, with what is filled in already. */
export interface Aim {
  readonly serviceId: string;
  readonly serviceName: string;
  readonly action: string;
  readonly title: string;
  readonly params: Readonly<Record<string, string>>;
  /** What it is aimed at, in words: `report (app), pid 812 on pg-a`; empty when that is chosen in the dialog. */
  readonly at: string;
  /** Why it cannot be run now. */
  readonly blocked: string | null;
}

/** Of one action on one service; the dialog has the rest. */
const mostAims = 4;

type SceneFinding = SceneService["findings"][number];

/**
 * What the buttons of an action step start: on each service that offers it, aimed by what the findings themselves propose,
 * else by the node and the part that they name. Pure.
 */
export function aimsOf(step: ActionStep, scene: Scene): Aim[] {
  const wanted = listOf(step.action);
  const aims = servicesAt(scene, step.on).flatMap((service) => {
    const findings = service.findings.filter(({ rule }) => step.for === undefined || step.for.includes(rule));
    const proposed = wanted.filter((id) => findings.some(({ action }) => action?.id === id));
    return (proposed.length > 0 ? proposed : wanted).flatMap((id) => {
      const offer = service.actions.find((each) => each.id === id);
      return offer === undefined ? [] : aimed(service, offer, findings, step);
    });
  });
  // Of several actions, those that a finding proposes come before those that are merely possible.
  return aims.toSorted(
    (a, b) => Number(a.at === "") - Number(b.at === "") || Number(a.blocked !== null) - Number(b.blocked !== null),
  );
}

/** Up to so many of what a service can do about itself, beside what its findings propose. */
const mostRemedies = 4;

/** What the services that a step by hand is about could do: what their findings propose first, the gravest only then. Pure. */
export function remediesAt(services: readonly SceneService[]): Aim[] {
  return services.flatMap((service) => {
    const proposed = service.findings.flatMap(({ action }) => action?.id ?? []);
    const fits = ({ id, risk, blocked }: SceneOffer) =>
      proposed.includes(id) || (blocked === null && risk !== "none" && risk !== "critical");
    return service.actions
      .filter(fits)
      .toSorted((a, b) => Number(proposed.includes(b.id)) - Number(proposed.includes(a.id)))
      .slice(0, mostRemedies)
      .flatMap((offer) =>
        aimed(service, offer, service.findings, {}).slice(0, proposed.includes(offer.id) ? mostAims : 1),
      );
  });
}

function aimed(
  service: SceneService,
  offer: SceneOffer,
  findings: readonly SceneFinding[],
  { params: given = {} }: Pick<ActionStep, "params">,
): Aim[] {
  const proposed = findings.flatMap(({ action }) => (action?.id === offer.id ? [possible(offer, action.params)] : []));
  const named = findings.map((finding) => byName(offer, finding));
  const open = [...proposed, ...(proposed.some(isSome) ? [] : named)].filter(isSome);
  const choices = new Map(
    (open.length === 0 ? [{}] : open)
      .map((each) => ({ ...each, ...given }))
      .map((params) => [JSON.stringify(params), params]),
  );
  return [...choices.values()].slice(0, mostAims).map((params) => ({
    serviceId: service.id,
    serviceName: service.name,
    action: offer.id,
    title: offer.title,
    params,
    at: wordsOf(offer, params),
    blocked: offer.blocked,
  }));
}

/** What of it can still be chosen: a session that is gone by now is no aim. */
function possible(offer: SceneOffer, params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(params).filter(([name, value]) =>
    offer.params.some((field) => field.name === name && field.options.some((option) => option.value === value)),
  );
  return kept.length === Object.keys(params).length ? Object.fromEntries(kept) : {};
}

/** The values that stand for the finding's node and part. */
function byName(offer: SceneOffer, { node, subject }: SceneFinding): Readonly<Record<string, string>> {
  const names = [node, subject, `${subject}/${node}`].filter((name) => name !== undefined);
  return Object.fromEntries(
    offer.params.flatMap(({ name, options }) => {
      const exact = options.find(
        ({ value, label }) => names.includes(value) || (subject !== undefined && label === subject),
      );
      const within = options.filter(({ value }) => node !== undefined && value.startsWith(`${node}/`));
      const found = exact ?? (within.length === 1 ? within[0] : undefined);
      return found === undefined ? [] : [[name, found.value]];
    }),
  );
}

function wordsOf(offer: SceneOffer, params: Readonly<Record<string, string>>): string {
  const labels = offer.params.flatMap(
    ({ name, options }) => options.find(({ value }) => value === params[name])?.label ?? [],
  );
  return labels.join(", ");
}

function isSome(params: Readonly<Record<string, string>>): boolean {
  return Object.keys(params).length > 0;
}
