import { z } from "zod";
import { healOutcomes } from "#lib/core/heal.ts";
import { changesMinutes } from "#lib/wire/changes.ts";
import { timeOf, timeWords } from "#lib/wire/time.ts";

/** What may stand behind the question mark of each address. Values come as text. */
const epochMs = z
  .string()
  .regex(/^\d{1,15}$/, "expected epoch milliseconds")
  .transform(Number);

const moment = z
  .string()
  .max(40)
  .transform((told, context) => {
    const at = timeOf(told);
    if (at !== null) return at;
    context.addIssue({ code: "custom", message: `expected ${timeWords}` });
    return z.NEVER;
  });

const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `expected a number from 1 to ${most}`)
    .transform(Number)
    .refine((number) => number >= 1 && number <= most, `expected a number from 1 to ${most}`);

const id = z.string().min(1).max(200);

export const noQuery = z.strictObject({});
export const boardAsked = z.strictObject({ at: moment.optional() });
export const runbookAsked = z.strictObject({ name: z.string().min(1).max(64), at: moment.optional() });
export const changesAsked = z.strictObject({
  at: moment.optional(),
  minutes: count(changesMinutes.most).optional(),
  service: id.optional(),
});
export const eventsAsked = z.strictObject({
  since: z
    .string()
    .regex(/^\d{1,15}$/, "expected a change number")
    .optional(),
});
export const healsAsked = z.strictObject({
  limit: count(500).optional(),
  service: id.optional(),
  outcome: z.enum(healOutcomes).optional(),
});
export const runsAsked = z.strictObject({ limit: count(500).optional(), service: id.optional() });
export const seriesAsked = z.strictObject({
  /** `metric|node|subject` */
  key: z.string().min(1).max(500),
  from: epochMs.optional(),
  to: epochMs.optional(),
  points: count(2_000).optional(),
});
export const timelineAsked = z.strictObject({
  from: epochMs.optional(),
  to: epochMs.optional(),
  span: epochMs.optional(),
});
