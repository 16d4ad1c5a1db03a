import { z } from "zod";
import { type Condition, type DeclaredRunbook, type RunbookStep, type Where, wheres } from "#lib/core/runbook.ts";
import { severities, statuses } from "#lib/core/status.ts";

const kebab = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Far more than anybody reads at night; it bounds what a hostile file can make of it. */
const mostSteps = 40;

const sentence = (most: number) => z.string().trim().min(1).max(most);
const names = z.array(z.string().min(1).max(100)).min(1).max(40);
const one = z.string().min(1).max(100);
const oneOrMore = z.union([one, names]);
const serviceId = z.string().min(1).max(64);

const where: z.ZodType<Where> = z
  .union([z.enum(wheres), z.strictObject({ service: serviceId.describe("Id of a certain service.") })])
  .describe(
    "Which services it is about: `self`, the one that the runbook is opened for; `root`, what the trouble begins at; `dependencies` and `dependents`, declared or found, however far; or one by its id.",
  );
const on = where.optional();

const findingCondition = z.strictObject({
  finding: oneOrMore.describe("Ids of rules: yes when one of them found something."),
  on,
  atLeast: z.enum(severities).optional().describe("Only findings of that severity or worse."),
});
const metricCondition = z
  .strictObject({
    metric: one.describe("Id of a metric: yes when a value of the last poll is above or below a number."),
    on,
    node: one.optional().describe("Of that node alone."),
    above: z.number().optional().describe("Yes above it."),
    below: z.number().optional().describe("Yes below it."),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, {
    message: "expected `above` or `below` to compare with",
    path: ["above"],
  });
const statusCondition = z.strictObject({
  status: z
    .union([z.enum(statuses), z.array(z.enum(statuses)).min(1).max(4)])
    .describe("Yes when one of the services has that status."),
  on,
});
const causeCondition = z.strictObject({
  cause: z
    .enum(["here", "elsewhere"])
    .describe("Whether the trouble begins at this service or at something it depends on."),
});
const offeredCondition = z.strictObject({
  offered: oneOrMore.describe("Ids of actions: yes when one of them could be run now."),
  on,
});

/** Each of the two holds itself: through these it does so by one and the same schema, which has a name in the JSON Schema. */
const inner: z.ZodType<Condition> = z.lazy(() => conditionSchema);
const steps: z.ZodType<readonly RunbookStep[]> = z
  .array(z.lazy((): z.ZodType<RunbookStep> => stepSchema))
  .min(1)
  .max(mostSteps);

/** A question to the board. */
export const conditionSchema: z.ZodType<Condition> = z
  .union([
    findingCondition,
    metricCondition,
    statusCondition,
    causeCondition,
    offeredCondition,
    z.strictObject({ all: z.array(inner).min(1).max(10).describe("Yes when all of them are.") }),
    z.strictObject({ any: z.array(inner).min(1).max(10).describe("Yes when any of them is.") }),
    z.strictObject({ not: inner.describe("Yes when it is not. Unknown stays unknown.") }),
  ])
  .meta({ id: "runbookCondition" });

const say = sentence(500).optional().describe("What to know before one decides; `{service}` and `{root}` are named.");

const checkStep = z.strictObject({
  check: sentence(200).describe("A question that Pitwall answers live: yes, no or unknown, with its evidence."),
  if: conditionSchema.describe("What is asked."),
  say,
  until: z.literal(true).optional().describe("Stays here until the answer is yes."),
  yes: steps.optional().describe("The steps when it is so."),
  no: steps.optional().describe("The steps when it is not."),
  unknown: steps.optional().describe("The steps before a person answers what Pitwall cannot see."),
});
const chooseStep = z.strictObject({
  choose: sentence(200).describe("A question with several ways on."),
  say,
  options: z
    .array(
      z.strictObject({
        option: sentence(200).describe("The way, in a few words."),
        if: conditionSchema.optional().describe("Taken by itself when this is yes and those before it are no."),
        steps: steps.describe("What is done on it."),
      }),
    )
    .min(2)
    .max(10)
    .describe("The ways."),
});
const actionStep = z.strictObject({
  action: oneOrMore.describe("Id of an action, or of several of which one will do. A person starts it by its plan."),
  on,
  for: names.optional().describe("Rules whose findings say what to aim at; by default all do."),
  params: z.record(one, z.string().max(500)).optional().describe("Parameters to fill in."),
  say,
});
const manualStep = z.strictObject({
  manual: sentence(500).describe("What somebody does by hand, and ticks off."),
  command: z.string().min(1).max(2_000).optional().describe("A command to copy; Pitwall never runs it."),
  on,
  say,
});
const recordStep = z.strictObject({
  record: sentence(200).describe("The end: what was found and done is written into the incident. It comes last."),
});

/** One step; its first word says what it is. */
export const stepSchema: z.ZodType<RunbookStep> = z
  .union([checkStep, chooseStep, actionStep, manualStep, recordStep])
  .meta({ id: "runbookStep" });

/** By which word a step is known. */
export const stepWords = ["check", "choose", "action", "manual", "record"] as const;

/** One entry of `runbooks:`. */
export const runbookSchema = z
  .strictObject({
    id: z
      .string()
      .regex(kebab, "expected small letters, digits and single dashes, like `queue-grows`")
      .max(64)
      .describe("Name in addresses. That of a kind's own runbook takes its place."),
    title: sentence(120).optional().describe("The symptom in a few words; by default the id."),
    symptom: sentence(500).optional().describe("What one sees then, and what the runbook leads to."),
    kind: one.optional().describe("For all services of that kind."),
    services: z.array(serviceId).min(1).max(200).optional().describe("Ids of the services it is for."),
    when: names.optional().describe("Rules whose findings offer it on the board."),
    steps: steps.optional().describe("Checks and actions in their order."),
    hide: z.literal(true).optional().describe("Takes the kind's own runbook of that id away."),
  })
  .superRefine((given, context) => {
    const complain = (key: string, message: string) => context.addIssue({ code: "custom", message, path: [key] });
    if (given.kind === undefined && given.services === undefined) {
      complain("kind", "expected `kind` or `services` to say what it is for");
    }
    if (given.hide === true && given.steps !== undefined) complain("steps", "expected no steps of what is hidden");
    if (given.hide !== true && given.steps === undefined) complain("steps", "expected its steps");
  }) satisfies z.ZodType<DeclaredRunbook>;
