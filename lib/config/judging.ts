import { z } from "zod";
import { defaultPolicy, flapWindow, type StatePolicy } from "#lib/core/state.ts";
import { duration } from "#lib/integrations/fields.ts";

const samples = z.int().min(1).max(flapWindow);

const inRow = z.strictObject({
  after: samples.default(3).describe("Polls in a row that must see trouble before it counts as confirmed."),
  recover: samples.default(2).describe("Polls in a row that must see it better before that counts."),
});

const ofLast = z
  .strictObject({
    fails: samples.describe("So many polls with trouble confirm it,"),
    of: samples.describe("among so many of the last."),
  })
  .refine(({ fails, of }) => fails <= of, "expected `fails` to be at most `of`, or nothing would ever be confirmed");

const flapping = z
  .strictObject({
    high: z.number().min(1).max(100).default(30).describe("Percent of weighted state changes at which it begins."),
    low: z.number().min(0).max(100).default(20).describe("Percent below which it ends."),
  })
  .refine(({ high, low }) => low <= high, "expected `low` to be at most `high`, or flapping would never begin");

const off = z.union([z.literal("off"), z.literal(false)]).transform(() => null);
const never = z.literal("never").transform(() => null);

/** How statuses of a service are confirmed; the same keys stand under `defaults` and in each service. */
export const judgingShape = {
  confirm: z
    .union([inRow, ofLast])
    .optional()
    .describe(
      "When a status is confirmed: `{ after: 3, recover: 2 }` in a row (the default), or `{ fails: 3, of: 5 }`. Only confirmed trouble calls anybody.",
    ),
  flapping: z
    .union([flapping, off])
    .optional()
    .describe("Thresholds of flapping over the last 21 polls (by default 30 and 20 percent), or `off`."),
  unknown: z
    .strictObject({
      criticalAfter: z
        .union([duration, never])
        .describe("How long nothing may be known before that alone is critical; `never` by default."),
    })
    .optional()
    .describe("What it means when nothing can be learnt of the service."),
  retry: duration
    .refine((ms) => ms >= 1_000, "expected at least 1s")
    .optional()
    .describe("Time to the next poll while a change is not confirmed; by default half the interval, at least 1s."),
};

const judging = z.object(judgingShape);
export type Judging = z.infer<typeof judging>;

/** What a service's own keys and the defaults come to. */
export function policyOf(own: Judging, defaults: Judging): StatePolicy {
  const confirm = own.confirm ?? defaults.confirm;
  const flaps = own.flapping === undefined ? defaults.flapping : own.flapping;
  const unknown = own.unknown ?? defaults.unknown;
  return {
    confirm: confirm ?? defaultPolicy.confirm,
    flapping: flaps === undefined ? defaultPolicy.flapping : flaps,
    unknown: unknown === undefined ? defaultPolicy.unknown : { criticalAfterMs: unknown.criticalAfter },
  };
}

/** Milliseconds to the next poll while a change is not confirmed: never longer than the interval. */
export function retryMsOf(own: Judging, defaults: Judging, intervalMs: number): number {
  return Math.min(own.retry ?? defaults.retry ?? Math.max(1_000, Math.round(intervalMs / 2)), intervalMs);
}
