import { z } from "zod";
import { givenWords } from "#lib/wire/words.ts";

/** Body of `POST /api/v1/automation`: stops what rules start by themselves, or lets it go on. People act as before. */
export const automationWanted = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal(true), serviceId: z.string().min(1).max(200).optional() }),
  z.strictObject({
    on: z.literal(false),
    /** One service; without it, everything. */
    serviceId: z.string().min(1).max(200).optional(),
    reason: givenWords(500, "say why"),
    /** How long; without it, until somebody switches it on. */
    forMs: z
      .number()
      .int()
      .min(60_000)
      .max(30 * 86_400_000)
      .optional(),
  }),
]);
export type AutomationWanted = z.infer<typeof automationWanted>;

/** Automation that somebody switched off, as the board shows it. */
export const automationOffDto = z.object({
  /** `null`: of everything. */
  serviceId: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  until: z.number().nullable(),
});
/** Answer of `POST /api/v1/automation`. */
export const automationAnswer = z.object({ scope: z.string() });
export type AutomationOffDto = z.infer<typeof automationOffDto>;
