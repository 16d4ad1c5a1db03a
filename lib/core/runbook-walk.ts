import {
  type ActionStep,
  branchesOf,
  type CheckStep,
  type ChooseStep,
  listOf,
  type ManualStep,
  type Runbook,
  type RunbookStep,
} from "#lib/core/runbook.ts";
import { aimsOf, remediesAt } from "#lib/core/runbook-aim.ts";
import { type Answered, answerOf } from "#lib/core/runbook-answer.ts";
import { type Mark, type SeenCheck, type Standing, workedIn } from "#lib/core/runbook-marks.ts";
import { filled, type Scene, servicesAt } from "#lib/core/runbook-scene.ts";
import type { AnswerTold, RunStanding, StepKind, StepTold, Walk, WordTold } from "#lib/core/runbook-told.ts";

interface Going {
  readonly scene: Scene;
  readonly standing: Standing;
  readonly runs: (runId: string) => RunStanding | undefined;
  here: string | null;
  /** Evidence must be newer than the last thing that was done. */
  since: number | null;
  readonly seen: SeenCheck[];
}

/** Ends with a record, whatever stands in the list: what was done is always written down. */
export function withRecord({ steps }: Pick<Runbook, "steps">): readonly RunbookStep[] {
  const last = steps.at(-1);
  return last !== undefined && "record" in last ? steps : [...steps, { record: "Write down what was found and done" }];
}

/**
 * Goes through a runbook as far as the state of the board and what people did lead, and no further: the step where
 * somebody has to do something is `here`. A way on which something was done is stayed on, whatever its check says
 * afterwards; all other checks are answered anew each time. Pure.
 */
export function walkRunbook(
  runbook: Pick<Runbook, "steps">,
  scene: Scene,
  standing: Standing,
  runs: (runId: string) => RunStanding | undefined,
): Walk {
  const going: Going = { scene, standing, runs, here: null, since: null, seen: [] };
  const steps = walkList(withRecord(runbook), "", true, going);
  return { steps, here: going.here ?? steps.at(-1)?.id ?? "1", seen: going.seen };
}

function walkList(steps: readonly RunbookStep[], prefix: string, onWay: boolean, going: Going): StepTold[] {
  return steps.map((step, at) => walkStep(step, `${prefix}${at + 1}`, onWay, going));
}

function walkStep(step: RunbookStep, id: string, onWay: boolean, going: Going): StepTold {
  const reached = onWay && going.here === null;
  if ("check" in step) return walkCheck(step, id, onWay, reached, going);
  if ("choose" in step) return walkChoice(step, id, onWay, reached, going);
  if ("action" in step) return walkAction(step, id, onWay, reached, going);
  if ("manual" in step) return walkManual(step, id, onWay, reached, going);
  if (reached) going.here = id;
  return { ...plain(id, "record", step.record, going), place: reached ? "here" : onWay ? "ahead" : "folded" };
}

function walkCheck(step: CheckStep, id: string, onWay: boolean, reached: boolean, going: Going): StepTold {
  const base = { ...plain(id, "check", step.check, going, step.say), until: step.until === true };
  const told = (taken: string | null) =>
    branchesOf(step).map(({ key, title, steps }) => ({
      key,
      title: branchTitle(key, title, taken),
      taken: taken === key,
      fits: null,
      steps: walkList(steps, `${id}.${key}.`, onWay && taken === key, going),
    }));
  if (!reached) return { ...base, place: onWay ? "ahead" : "folded", branches: told(null) };
  const live = answerOf(step.if, going.scene, going.since);
  const worked = workedIn(id, going.standing.marks);
  const word = going.standing.word.get(id);
  const onItsWay = worked?.key === "yes" || worked?.key === "no";
  const by = word === undefined || onItsWay ? null : wordOf(word);
  const earlier = worked === null || !onItsWay ? null : earlierOf(id, worked.mark, worked.key);
  const answer: AnswerTold = { ...live, by, earlier };
  const decided = decidedBy(step, live, { worked: worked?.key ?? null, word });
  going.seen.push({
    step: id,
    title: base.title,
    answer: earlier?.answer ?? live.answer,
    words: live.evidence.map(({ words }) => words),
  });
  if (decided === "stay" || decided === "unknown") {
    const branches = told(decided === "unknown" ? "unknown" : null);
    const inside = going.here !== null;
    if (!inside) going.here = id;
    return { ...base, place: inside ? "passed" : "here", answer, branches };
  }
  return { ...base, place: "passed", answer, done: by, branches: told(decided) };
}

/** Which way is gone: what was worked on, then what Pitwall sees, then a person's word. Until the next poll nothing is. */
function decidedBy(
  step: CheckStep,
  live: Answered,
  { worked, word }: { readonly worked: string | null; readonly word: Mark | undefined },
): "yes" | "no" | "unknown" | "stay" {
  if (worked === "yes" || worked === "no") return worked;
  const said = live.answer === "unknown" && word?.kind === "answered" ? word.word : live.answer;
  if (said === "yes" || (step.until === true && word?.kind === "skipped")) return "yes";
  if (said === "no") return step.until === true ? "stay" : "no";
  return live.waiting ? "stay" : "unknown";
}

function walkChoice(step: ChooseStep, id: string, onWay: boolean, reached: boolean, going: Going): StepTold {
  const base = plain(id, "choose", step.choose, going, step.say);
  const ways = branchesOf(step);
  const told = (taken: string | null, fits: readonly (Answered | null)[]) =>
    ways.map(({ key, title, steps }, at) => ({
      key,
      title: filled(title, going.scene),
      taken: taken === key,
      fits: fits[at] ?? null,
      steps: walkList(steps, `${id}.${key}.`, onWay && taken === key, going),
    }));
  if (!reached) return { ...base, place: onWay ? "ahead" : "folded", branches: told(null, []) };
  const fits = step.options.map(({ if: asked }) =>
    asked === undefined ? null : answerOf(asked, going.scene, going.since),
  );
  const word = going.standing.word.get(id);
  const taken =
    workedIn(id, going.standing.marks)?.key ?? (word?.kind === "chose" ? word.word : null) ?? fittingWay(fits);
  const way = ways.find(({ key }) => key === taken);
  const skipped = word?.kind === "skipped";
  const seen = way === undefined ? "unknown" : "yes";
  going.seen.push({
    step: id,
    title: base.title,
    answer: seen,
    words: way === undefined ? [] : [filled(way.title, going.scene)],
  });
  if (way === undefined && !skipped) {
    going.here = id;
    return { ...base, place: "here", branches: told(null, fits) };
  }
  return {
    ...base,
    place: "passed",
    done: word === undefined ? null : wordOf(word),
    branches: told(way?.key ?? null, fits),
  };
}

/** The first that fits while all before it do not; `null` where that is not known. One without a condition always fits. */
function fittingWay(fits: readonly (Answered | null)[]): string | null {
  const at = fits.findIndex((each) => each?.answer !== "no");
  const found = fits[at];
  if (at < 0 || found?.answer === "unknown") return null;
  return found === null && fits.filter((each) => each === null).length > 1 ? null : `way-${at + 1}`;
}

function walkAction(step: ActionStep, id: string, onWay: boolean, reached: boolean, going: Going): StepTold {
  const { scene, standing } = going;
  const aims = aimsOf(step, scene);
  const known = listOf(step.action);
  const title =
    aims[0]?.title ??
    scene.services.flatMap((each) => each.actions).find((each) => known.includes(each.id))?.title ??
    known.join(" or ");
  const marks = standing.runs.get(id) ?? [];
  const runs = marks.flatMap(({ runId }) => runId ?? []);
  const base = { ...plain(id, "action", title, going, step.say), aims, runs };
  if (!reached) return { ...base, place: onWay ? "ahead" : "folded" };
  const word = standing.word.get(id);
  const last = marks.at(-1);
  const lastRun = last?.runId == null ? undefined : going.runs(last.runId);
  const done = lastRun?.ended === true && lastRun.done;
  if (done) going.since = Math.max(going.since ?? 0, lastRun.finishedAt ?? 0);
  const under = lastRun?.ended === false;
  if (!under && (done || word?.kind === "skipped")) {
    return {
      ...base,
      place: "passed",
      done: done && last !== undefined ? wordOf(last) : word === undefined ? null : wordOf(word),
    };
  }
  going.here = id;
  return { ...base, place: "here" };
}

function walkManual(step: ManualStep, id: string, onWay: boolean, reached: boolean, going: Going): StepTold {
  const about = step.on === undefined ? [] : servicesAt(going.scene, step.on);
  const places = about.map(({ id: serviceId, name }) => ({ serviceId, name }));
  const aims = remediesAt(about);
  const runs = (going.standing.runs.get(id) ?? []).flatMap(({ runId }) => runId ?? []);
  const command = step.command === undefined ? null : filled(step.command, going.scene);
  const base = { ...plain(id, "manual", step.manual, going, step.say), places, aims, runs, command };
  if (!reached) return { ...base, place: onWay ? "ahead" : "folded" };
  const word = going.standing.word.get(id);
  if (word === undefined) {
    going.here = id;
    return { ...base, place: "here" };
  }
  if (word.kind === "ticked") going.since = Math.max(going.since ?? 0, word.at);
  return { ...base, place: "passed", done: wordOf(word) };
}

function plain(id: string, kind: StepKind, title: string, { scene }: Going, say?: string): Omit<StepTold, "place"> {
  const empty = { until: false, answer: null, branches: [], aims: [], places: [], command: null, done: null, runs: [] };
  return { id, kind, title: filled(title, scene), say: say === undefined ? null : filled(say, scene), ...empty };
}

function branchTitle(key: string, title: string, taken: string | null): string {
  return taken === key && key !== "unknown" ? title.replace("If ", "Because ") : title;
}

function wordOf({ kind, by, at, note }: Mark): WordTold {
  return { kind, by, at, note };
}

/** What the check said when somebody went on from it, as the mark kept it. */
function earlierOf(id: string, mark: Mark, key: string): AnswerTold["earlier"] {
  const seen = mark.seen.find(({ step }) => step === id);
  const answer = key === "yes" || key === "no" ? key : (seen?.answer ?? "unknown");
  return { answer, words: seen?.words ?? [], at: mark.at };
}
