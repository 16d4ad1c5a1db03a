import { z } from "zod";
import { duration } from "#lib/integrations/fields.ts";

const percentPattern = /^(?:100|[1-9]?\d)\s*%$/;

/** `51%` to 51. */
const percent = z
  .string()
  .regex(percentPattern, "expected a share like 51%")
  .transform((text) => Number.parseInt(text, 10))
  .meta({ pattern: "^(100|[1-9]?\\d)\\s*%$", examples: ["51%"] });

const count = (most: number) => z.int().min(1).max(most);

const budget = z
  .strictObject({
    hour: count(10).default(2).describe("Heals within any hour,"),
    day: count(50).default(5).describe("and within any day."),
  })
  .refine(({ hour, day }) => hour <= day, "expected `hour` to be at most `day`, or it could never be reached");

/** One entry of a service's `heal:`. Which rules and actions there are depends on the kind; see read-heal. */
export const healSchema = z.strictObject({
  when: z.string().min(1).describe("Rule of this kind whose finding it heals."),
  action: z.string().min(1).describe("Action of this kind that it starts. Only some may be started without a person."),
  severity: z.enum(["warning", "critical"]).default("warning").describe("How bad the finding must be at least."),
  nodes: z.array(z.string().min(1)).min(1).optional().describe("Only on these nodes; without it, on all."),
  params: z
    .record(z.string().max(100), z.string().max(500))
    .default({})
    .describe("Parameters of the action, beside those that the finding itself fills in, such as its node."),
  after: duration
    .refine((ms) => ms <= 86_400_000, "expected at most 1d")
    .prefault("60s")
    .describe("How long the finding must have stood, confirmed and without a break; three polls it takes in any case."),
  budget: budget
    .prefault({})
    .describe("How often it may heal, on all nodes together. When that is spent it stops until a person acknowledges."),
  minHealthy: percent
    .optional()
    .describe("Share of the pool that must be well, or nothing is started; 51% by default, and none in a pool of one."),
  warmUp: duration
    .refine((ms) => ms <= 86_400_000, "expected at most 1d")
    .prefault("2min")
    .describe(
      "How long after anything was done to the service it waits before it counts again; twice its start is a good time.",
    ),
  evenIfCaused: z
    .boolean()
    .default(false)
    .describe("Heals although the trouble starts at another service. By default the cause is left to be healed first."),
  mode: z
    .enum(["act", "observe"])
    .default("act")
    .describe("`observe` only writes into the ledger what it would have done."),
});

/** The root's `heal:`: what holds for all heal rules. */
export const healingSchema = z.strictObject({
  massFailure: percent
    .prefault("50%")
    .describe(
      "While more than this share of all services, and three at least, is down or unseen at once, no rule starts anything: then something larger is wrong, or Pitwall cannot see.",
    ),
});
