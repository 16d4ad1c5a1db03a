import { z } from "zod";
import { answers } from "#lib/core/runbook-answer.ts";
import { markKinds } from "#lib/core/runbook-marks.ts";
import { stepKinds } from "#lib/core/runbook-told.ts";
import { runMarkDto } from "#lib/wire/board.ts";
import { sessionMarkDto, stepId } from "#lib/wire/runbook-mark.ts";
import { wordsText } from "#lib/wire/words.ts";

const evidenceDto = z.object({
  answer: z.enum(answers),
  words: z.string(),
  serviceId: z.string().nullable(),
  /** When it was seen. */
  at: z.number().nullable(),
});

const wordDto = z.object({
  kind: z.enum(markKinds),
  by: z.string(),
  at: z.number(),
  note: z.string().nullable(),
});

const answeredDto = z.object({ answer: z.enum(answers), evidence: z.array(evidenceDto), waiting: z.boolean() });

const seenCheckDto = z.object({
  step: z.string(),
  title: z.string(),
  answer: z.enum(answers),
  words: z.array(z.string()),
});

/** One step as it stands: with its evidence, what can be started there, and what was done. Exactly one of all is `here`. */
export const runbookStepDto = z.object({
  id: z.string(),
  kind: z.enum(stepKinds),
  title: z.string(),
  say: z.string().nullable(),
  place: z.enum(["passed", "here", "ahead", "folded"]),
  until: z.boolean(),
  answer: answeredDto
    .extend({
      by: wordDto.nullable(),
      earlier: z.object({ answer: z.enum(answers), words: z.array(z.string()), at: z.number() }).nullable(),
    })
    .nullable(),
  get branches() {
    return z.array(
      z.object({
        key: z.string(),
        title: z.string(),
        taken: z.boolean(),
        fits: answeredDto.nullable(),
        steps: z.array(runbookStepDto),
      }),
    );
  },
  aims: z.array(
    z.object({
      serviceId: z.string(),
      serviceName: z.string(),
      action: z.string(),
      title: z.string(),
      params: z.record(z.string(), z.string()),
      at: z.string(),
      blocked: z.string().nullable(),
    }),
  ),
  places: z.array(z.object({ serviceId: z.string(), name: z.string() })),
  command: z.string().nullable(),
  done: wordDto.nullable(),
  runs: z.array(z.string()),
});

export const sessionDto = sessionMarkDto.extend({
  finishedBy: z.string().nullable(),
  summary: z.string().nullable(),
  followers: z.array(z.object({ name: z.string(), since: z.number() })),
  /** Everything that was done, oldest first, with what the checks said then. */
  log: z.array(
    wordDto.extend({
      id: z.number(),
      step: z.string().nullable(),
      /** Of the step. */
      title: z.string().nullable(),
      /** Of an answer: yes or no. Of a choice: the way. */
      word: z.string().nullable(),
      runId: z.string().nullable(),
      seen: z.array(seenCheckDto),
    }),
  ),
  runs: z.array(runMarkDto),
});

/** `GET /api/v1/services/:id/runbook` and `GET /api/v1/runbook-sessions/:id`: a runbook by the state of the board. */
export const runbookDto = z.object({
  at: z.number(),
  /** Of the past nothing can be started. */
  past: z.boolean(),
  id: z.string(),
  title: z.string(),
  symptom: z.string(),
  service: z.object({ id: z.string(), name: z.string(), group: z.string().nullable() }),
  /** What on the board it is for; empty when it does not fit. */
  fits: z.array(z.string()),
  /** Id of the step to do now. */
  here: z.string(),
  steps: z.array(runbookStepDto),
  session: sessionDto.nullable(),
});

/** A runbook in a few words: which services it is for, and which findings offer it. */
export const runbookMarkDto = z.object({
  id: z.string(),
  title: z.string(),
  symptom: z.string(),
  when: z.array(z.string()),
  /** Ids. */
  services: z.array(z.string()),
});

/** `GET /api/v1/runbooks`: what there is for the services one may see. */
export const runbooksDto = z.object({ runbooks: z.array(runbookMarkDto) });

/** Body of `POST /api/v1/services/:id/runbook`: begins to follow it, or joins who does. */
export const runbookStart = z.strictObject({ runbook: z.string().min(1).max(64) });

const note = wordsText(500).optional();

/** Body of `POST /api/v1/runbook-sessions/:id/marks`. */
export const runbookMarkRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ticked"), step: stepId, note }),
  z.strictObject({ kind: z.literal("skipped"), step: stepId, note }),
  z.strictObject({ kind: z.literal("answered"), step: stepId, word: z.enum(["yes", "no"]), note }),
  z.strictObject({ kind: z.literal("chose"), step: stepId, word: z.string().min(1).max(20), note }),
  /** Takes back what stands at a step, and all inside of it. */
  z.strictObject({ kind: z.literal("back"), step: stepId, note }),
  z.strictObject({ kind: z.literal("left"), note }),
]);

/** Body of `POST /api/v1/runbook-sessions/:id/finish`: what is written into the incident; without it nothing is. */
export const runbookFinish = z.strictObject({ summary: wordsText(2_000).optional() });

export type RunbookView = z.infer<typeof runbookDto>;
export type RunbookStepView = z.infer<typeof runbookStepDto>;
export type RunbookMarkView = z.infer<typeof runbookMarkDto>;
export type SessionView = z.infer<typeof sessionDto>;
export type RunbookMarkRequest = z.infer<typeof runbookMarkRequest>;
