import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { permittedSession } from "#lib/commands/permitted-session.ts";
import { aboutIncident, type Doing, stepOf, tellStep, walkNow } from "#lib/commands/runbook-step.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { StepTold } from "#lib/core/runbook-told.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { done } from "#lib/store/act.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { RunbookMarkRequest } from "#lib/wire/runbook.ts";

/** Ticks a step off, passes it by, answers what Pitwall cannot see, chooses a way, takes that back, or leaves. */
export async function markRunbook(
  store: ActingStore,
  actor: Actor,
  input: { readonly sessionId: string; readonly mark: RunbookMarkRequest },
  now: number,
  know: KnowKind,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { sessionId, mark } = input;
  const deed = { actor, command: "mark-runbook", target: sessionId, at: now, reason: mark.note ?? null };
  return await store.act<{ readonly id: string }>(deed, async (writing) => {
    const permitted = await permittedSession(writing, actor, "mark-runbook", sessionId);
    if (!permitted.ok) return permitted;
    const session = permitted.value;
    const doing: Doing = { actor, now, sight: sightOf(actor), know };
    const about = { serviceId: session.serviceId, ...aboutIncident(session) };
    if (mark.kind === "left") {
      await tellStep(writing, session, doing, { kind: "left", text: `Left the runbook “${session.title}”` });
      return done({ id: sessionId }, { ...about, after: { left: true } });
    }
    const { walk } = await walkNow(writing, session, doing);
    const step = stepOf(walk, mark.step);
    if (step === undefined) return err({ code: "not-found", detail: `The runbook has no step ${mark.step}` });
    const text = wordsOf(mark, step);
    if (!text.ok) return text;
    const word = "word" in mark ? mark.word : null;
    const { kind, note = null } = mark;
    await tellStep(writing, session, doing, { kind, text: text.value, step: mark.step, note, word });
    return done({ id: sessionId }, { ...about, after: { step: mark.step, title: step.title, kind, word } });
  });
}

/** What the timeline says of it; a refusal where the step takes no such word. */
function wordsOf(mark: Exclude<RunbookMarkRequest, { kind: "left" }>, step: StepTold): Result<string, Refusal> {
  const note = mark.note === undefined || mark.note === "" ? "" : `: ${mark.note}`;
  const refuse = (detail: string) => err<Refusal>({ code: "conflict", detail });
  switch (mark.kind) {
    case "ticked":
      if (step.kind !== "manual") return refuse("Only what is done by hand is ticked off");
      return ok(`Done by hand: ${step.title}${note}`);
    case "skipped": {
      const passable = step.kind === "manual" || step.kind === "action" || step.kind === "choose" || step.until;
      if (!passable) return refuse("A check is answered, not passed by");
      return ok(`Passed by: ${step.title}${note}`);
    }
    case "answered":
      if (step.kind !== "check") return refuse("Only a check has an answer");
      // What Pitwall sees, it says itself: a person's word is for what it cannot see.
      if (step.answer === null || step.answer.answer !== "unknown") {
        return refuse("Pitwall sees the answer by itself now; look at the check again");
      }
      return ok(`${step.title} ${mark.word}, says a person, for Pitwall cannot see it${note}`);
    case "chose": {
      const way = step.branches.find(({ key }) => key === mark.word);
      if (step.kind !== "choose" || way === undefined) return refuse("There is no such way to choose");
      return ok(`${step.title} ${way.title}${note}`);
    }
    case "back":
      return ok(`Taken back: ${step.title}${note}`);
    default:
      return mark satisfies never;
  }
}
