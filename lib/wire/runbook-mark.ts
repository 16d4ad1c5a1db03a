import { z } from "zod";

/** Somebody follows a runbook: for the board. `seq` rises with each thing that is done in it. */
export const sessionMarkDto = z.object({
  id: z.string(),
  serviceId: z.string(),
  runbookId: z.string(),
  title: z.string(),
  incidentId: z.string().nullable(),
  startedAt: z.number(),
  startedBy: z.string(),
  finishedAt: z.number().nullable(),
  seq: z.number(),
});

export type SessionMark = z.infer<typeof sessionMarkDto>;

/** Path of a step: `2.yes.1`. */
export const stepId = z
  .string()
  .regex(/^[a-z0-9.-]{1,200}$/, "expected the id of a step")
  .meta({ examples: ["2.yes.1"] });

/** Of a run that is started from a step: part of the body of `POST /api/v1/runs`. */
export const runbookOfRun = z.strictObject({ session: z.string().min(1).max(100), step: stepId });
export type RunbookOfRun = z.infer<typeof runbookOfRun>;
