import type { RuleExplained } from "#lib/core/explain-rules.ts";
import {
  type CauseCondition,
  type Condition,
  type FindingCondition,
  listOf,
  type MetricCondition,
  type OfferedCondition,
  type StatusCondition,
} from "#lib/core/runbook.ts";
import { type Scene, type SceneService, servicesAt, whereWords } from "#lib/core/runbook-scene.ts";
import { severities } from "#lib/core/status.ts";

export const answers = ["yes", "no", "unknown"] as const;
export type Answer = (typeof answers)[number];

/** One reason of an answer: what was seen, with number and limit, of which service, and when. */
export interface Evidence {
  readonly answer: Answer;
  readonly words: string;
  readonly serviceId: string | null;
  /** When it was seen; `null` when it hangs on no poll. */
  readonly at: number | null;
}

export interface Answered {
  readonly answer: Answer;
  readonly evidence: readonly Evidence[];
  /** It is unknown only because nobody has looked since something was done; the next poll tells. */
  readonly waiting: boolean;
}

/**
 * Answers a condition by the state of the board. Evidence of before `since` does not count: what was done then may have
 * changed it. What is stale, failed, hidden or not measured is unknown, and so is everything that hangs on it. Pure.
 */
export function answerOf(condition: Condition, scene: Scene, since: number | null): Answered {
  if ("all" in condition) return allOf(condition.all.map((each) => answerOf(each, scene, since)));
  if ("any" in condition) return anyOf(condition.any.map((each) => answerOf(each, scene, since)));
  if ("not" in condition) {
    const inner = answerOf(condition.not, scene, since);
    return { ...inner, answer: opposite(inner.answer) };
  }
  if ("cause" in condition) return causeAnswer(condition, scene, since);
  const places = servicesAt(scene, condition.on);
  if (places.length === 0) return nowhere(condition, scene);
  return anyOf(places.map((service) => seenAnswer(condition, scene, service, since)));
}

type Seen = FindingCondition | MetricCondition | StatusCondition | OfferedCondition;

function seenAnswer(condition: Seen, scene: Scene, service: SceneService, since: number | null): Answered {
  if (since !== null && (service.checkedAt ?? 0) <= since) {
    const waits = said(scene, service, "unknown", "not looked at again since the last step");
    return { answer: "unknown", evidence: [waits], waiting: true };
  }
  if ("status" in condition) return statusAnswer(condition, scene, service);
  if (service.status === "unknown" || service.failure !== null) {
    const why = service.failure?.what ?? service.summary;
    return only(said(scene, service, "unknown", `cannot be seen: ${why}`));
  }
  if ("finding" in condition) return findingAnswer(condition, scene, service);
  if ("metric" in condition) return metricAnswer(condition, scene, service);
  if ("offered" in condition) return offeredAnswer(condition, scene, service);
  return condition satisfies never;
}

/** More would be a list to read at a time when nobody reads lists. */
const mostTold = 4;

function findingAnswer(condition: FindingCondition, scene: Scene, service: SceneService): Answered {
  const rules = listOf(condition.finding);
  const enough = severities.slice(severities.indexOf(condition.atLeast ?? "info"));
  const found = service.findings.filter((each) => rules.includes(each.rule) && enough.includes(each.severity));
  if (found.length > 0) {
    const told = found.slice(0, mostTold).map((each) => said(scene, service, "yes", each.message));
    const more = found.length - told.length;
    return {
      answer: "yes",
      evidence: more > 0 ? [...told, said(scene, service, "yes", `and ${more} more`)] : told,
      waiting: false,
    };
  }
  const explained = scene.explained(service);
  return noneOf(rules.map((rule) => absence(rule, explained, scene, service)));
}

/** Nothing was found by the rule: no, if it was judged everywhere. */
function absence(rule: string, explained: readonly RuleExplained[], scene: Scene, service: SceneService): Evidence {
  const [blind] = scene.blinding(service, rule);
  if (blind !== undefined) return said(scene, service, "unknown", `part of it cannot be seen: ${blind.message}`);
  const known = explained.find(({ id }) => id === rule);
  if (known === undefined) return said(scene, service, "unknown", `there are no numbers for the rule ${rule}`);
  const title = known.title.charAt(0).toLowerCase() + known.title.slice(1);
  if (known.off) return said(scene, service, "unknown", `${title}: the rule is switched off, so nobody judges it`);
  const missing = known.readings.filter(({ verdict }) => verdict === "not measured");
  if (missing.length > 0) {
    const nodes = missing.flatMap(({ node }) => node ?? []).slice(0, mostTold);
    return said(
      scene,
      service,
      "unknown",
      `${title}: not measured${nodes.length === 0 ? "" : ` on ${nodes.join(", ")}`}`,
    );
  }
  const values = known.readings.flatMap(({ node, subject, value }) => {
    const place = [node, node === null ? subject : null].filter((part) => part !== null).join(" ");
    return value === null ? [] : [place === "" ? value : `${place} ${value}`];
  });
  // A rule without limits states a fact; its title is what it would say.
  if (known.limits === null) return said(scene, service, "no", `not so: ${title}`);
  const seen = values.length === 0 ? "none" : values.slice(0, mostTold).join(", ");
  return said(scene, service, "no", `${title}: ${seen} (${known.limits})`);
}

function metricAnswer(condition: MetricCondition, scene: Scene, service: SceneService): Answered {
  const measured = Object.entries(scene.metrics(service.id) ?? {}).filter(([key]) => {
    const [metric, node = ""] = key.split("|");
    return metric === condition.metric && (condition.node === undefined || condition.node === node);
  });
  if (measured.length === 0) return only(said(scene, service, "unknown", `${condition.metric} was not measured`));
  const { above, below } = condition;
  const limit = [above === undefined ? [] : `above ${above}`, below === undefined ? [] : `below ${below}`]
    .flat()
    .join(" and ");
  return anyOf(
    measured.map(([key, value]) => {
      const place = key
        .split("|")
        .slice(1)
        .filter((part) => part !== "")
        .join(" ");
      const name = place === "" ? condition.metric : `${condition.metric} of ${place}`;
      if (value === null) return only(said(scene, service, "unknown", `${name} was not measured`));
      const holds = (above === undefined || value > above) && (below === undefined || value < below);
      return only(said(scene, service, holds ? "yes" : "no", `${name} is ${value} (asked: ${limit})`));
    }),
  );
}

function statusAnswer(condition: StatusCondition, scene: Scene, service: SceneService): Answered {
  const asked = listOf(condition.status);
  const { status, summary } = service;
  if (status === "unknown" && !asked.includes("unknown")) {
    return only(said(scene, service, "unknown", `cannot be seen: ${service.failure?.what ?? summary}`));
  }
  return only(said(scene, service, asked.includes(status) ? "yes" : "no", `is ${status}: ${summary}`));
}

function offeredAnswer(condition: OfferedCondition, scene: Scene, service: SceneService): Answered {
  if (scene.past) return only(said(scene, service, "unknown", "what could be done then is not kept"));
  return anyOf(
    listOf(condition.offered).map((id) => {
      const offer = service.actions.find((each) => each.id === id);
      if (offer === undefined) return only(said(scene, service, "no", `it has no action ${id}`));
      if (offer.blocked !== null) return only(said(scene, service, "no", `${offer.title}: ${offer.blocked}`));
      return only(said(scene, service, "yes", `${offer.title} is possible`));
    }),
  );
}

function causeAnswer({ cause: asked }: CauseCondition, scene: Scene, since: number | null): Answered {
  const told = elsewhere(scene, since);
  return asked === "elsewhere" ? told : { ...told, answer: opposite(told.answer) };
}

/** Whether the trouble begins at something it depends on. */
function elsewhere(scene: Scene, since: number | null): Answered {
  const { self, cause } = scene;
  if (self === undefined) return only({ answer: "unknown", words: "it is not watched", serviceId: null, at: null });
  const about = (answer: Answer, words: string) => only(said(scene, self, answer, words));
  if (scene.rootHidden) return about("yes", "its trouble begins at a service you may not see");
  if (since !== null && (self.checkedAt ?? 0) <= since) {
    return { ...about("unknown", "not looked at again since the last step"), waiting: true };
  }
  if (self.status === "unknown" || self.failure !== null) {
    return about("unknown", `cannot be seen: ${self.failure?.what ?? self.summary}`);
  }
  if (cause.role === "symptom" && cause.root !== null) {
    const { root, followed } = cause;
    const why = followed.flatMap((link) => link.evidence).slice(0, mostTold - 1);
    const at = scene.root?.checkedAt ?? null;
    const first: Evidence = { answer: "yes", words: `${root.name} ${root.words}`, serviceId: root.serviceId, at };
    return {
      answer: "yes",
      evidence: [first, ...why.map((words): Evidence => ({ answer: "yes", words, serviceId: null, at: null }))],
      waiting: false,
    };
  }
  const needed = servicesAt(scene, "dependencies");
  if (needed.length === 0) {
    return about("unknown", "Pitwall knows nothing that it depends on; `dependsOn` in pitwall.yaml would tell");
  }
  const unseen = needed.filter(({ status }) => status === "unknown");
  if (unseen.length > 0) {
    return anyOf(unseen.map((service) => only(said(scene, service, "unknown", "cannot be seen, and this needs it"))));
  }
  if (cause.role === "none") return about("no", `it is ${self.status} now`);
  return about("no", `the trouble begins here: ${needed.map(({ name, status }) => `${name} is ${status}`).join(", ")}`);
}

/** What is asked of services that are not there. */
function nowhere(condition: Seen, scene: Scene): Answered {
  const where = condition.on ?? "self";
  const known = where === "dependents" || (where === "root" && scene.cause.role !== "none");
  const words =
    where === "dependencies"
      ? "Pitwall knows nothing that it depends on; `dependsOn` in pitwall.yaml would tell"
      : `${whereWords(where)} is not known`;
  const told = known ? `nothing is known of ${whereWords(where)}` : words;
  return only({ answer: where === "dependents" ? "no" : "unknown", words: told, serviceId: null, at: null });
}

/** In front of what is said stands the service's name, unless it is the one that the runbook is about. */
function said(scene: Scene, service: SceneService, answer: Answer, words: string): Evidence {
  const name = service.id === scene.selfId ? "" : `${service.name}: `;
  return { answer, words: `${name}${words}`, serviceId: service.id, at: service.checkedAt };
}

function only(evidence: Evidence): Answered {
  return { answer: evidence.answer, evidence: [evidence], waiting: false };
}

function noneOf(evidence: readonly Evidence[]): Answered {
  const unknown = evidence.filter(({ answer }) => answer === "unknown");
  return unknown.length > 0
    ? { answer: "unknown", evidence: unknown.slice(0, mostTold), waiting: false }
    : { answer: "no", evidence: evidence.slice(0, mostTold), waiting: false };
}

/** Yes when any is, unknown when that hangs on one that is not known, else no (Kleene). */
function anyOf(all: readonly Answered[]): Answered {
  return joined(all, ["yes", "unknown", "no"]);
}

function allOf(all: readonly Answered[]): Answered {
  return joined(all, ["no", "unknown", "yes"]);
}

function joined(all: readonly Answered[], order: readonly Answer[]): Answered {
  const answer = order.find((each) => all.some((one) => one.answer === each)) ?? "unknown";
  const deciding = all.filter((one) => one.answer === answer);
  const evidence = deciding.flatMap((one) => one.evidence);
  const told = evidence.slice(0, mostTold);
  const waiting = answer === "unknown" && deciding.every((one) => one.waiting);
  if (evidence.length <= mostTold) return { answer, evidence: told, waiting };
  const more: Evidence = { answer, words: `and ${evidence.length - mostTold} more`, serviceId: null, at: null };
  return { answer, evidence: [...told, more], waiting };
}

function opposite(answer: Answer): Answer {
  return answer === "yes" ? "no" : answer === "no" ? "yes" : "unknown";
}
