import { z } from "zod";
import { commandComplaints } from "#lib/config/command-template.ts";
import { dataStoreOf } from "#lib/config/data-store.ts";
import { compilePattern } from "#lib/core/pattern.ts";
import { duration, hostReference, secretReference } from "#lib/integrations/fields.ts";

/** Longest value of a parameter that is typed, in characters. */
const longestText = 200;

/** Bounds of a text for which none are given. */
export const usualLength = { min: 1, max: 80 };

const word = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^\P{C}*$/u, "expected a word without control characters");

/** Program and arguments; `{name}` is where a parameter goes. */
const argv = z.array(word).min(1).max(64);

const pattern = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => compilePattern(text).ok, "expected a regular expression of the RE2 dialect (no look-around)");

const paramName = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "expected a name of small letters, digits and _");

/** One parameter of a declared action. */
export const paramSchema = z
  .strictObject({
    label: z.string().trim().min(1).max(80).optional().describe("What the field is called; by default its name."),
    hint: z.string().trim().min(1).max(200).optional().describe("What to know before one picks or types."),
    enum: z
      .array(z.union([word, z.int()]).transform(String))
      .min(1)
      .max(100)
      .optional()
      .describe("The values it may have; one is picked."),
    integer: z
      .strictObject({
        min: z.int().min(0).describe("Least value, 0 or more."),
        max: z.int().min(0).max(999_999_999_999_999).describe("Greatest value."),
      })
      .refine(({ min, max }) => min <= max, "expected `min` to be at most `max`")
      .optional()
      .describe("A whole number within bounds; it is typed."),
    pattern: pattern
      .optional()
      .describe("A text that is typed; the whole of it must match this (RE2 dialect). It never begins with a dash."),
    length: z
      .strictObject({
        min: z.int().min(1).default(usualLength.min).describe("Fewest characters."),
        max: z.int().min(1).max(longestText).default(usualLength.max).describe("Most characters."),
      })
      .refine(({ min, max }) => min <= max, "expected `min` to be at most `max`")
      .optional()
      .describe("Bounds of a text; by default 1 to 80 characters."),
  })
  .superRefine((given, context) => {
    const kinds = [given.enum, given.integer, given.pattern].filter((kind) => kind !== undefined);
    if (kinds.length !== 1) {
      const message = "a parameter must have exactly one of `enum`, `integer` and `pattern`";
      context.addIssue({ code: "custom", message });
    }
    if (given.length !== undefined && given.pattern === undefined) {
      context.addIssue({ code: "custom", message: "`length` must stand beside `pattern`", path: ["length"] });
    }
  });

const checkShape = {
  run: argv.describe("Program and arguments; `{name}` is where a parameter goes."),
  exit: z.int().min(0).max(255).default(0).describe("The exit code that is good."),
  stdout: pattern.optional().describe("What it prints must hold this (RE2 dialect)."),
};

const check = z.strictObject({
  title: z.string().trim().min(1).max(120).optional().describe("What it looks for, as a sentence that may be true."),
  ...checkShape,
});

const verification = z.union([
  z.literal("green"),
  z.strictObject({
    ...checkShape,
    times: z.int().min(1).max(20).default(3).describe("How many times in a row it must be good."),
    every: duration.prefault("1s").describe("Time from one look to the next."),
    within: duration.prefault("1min").describe("How long it may take."),
  }),
]);

const place = z.union([
  hostReference,
  z.strictObject({
    host: hostReference.describe("Host of `hosts:`, or `local`."),
    node: z.string().min(1).max(120).optional().describe("The node it is about, as the board calls it."),
  }),
]);

/** What the id of a declared action begins with, so that no action of a kind is taken for it. */
export const declaredPrefix = "own-";

/** Id of the action that restarts a unit of systemd. */
export const restartUnitId = "restart-unit";

/** An action that a team declares for a service. */
export const actionSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "expected small letters, digits and single dashes, like `flush-cache`")
      .max(64)
      .describe("Name for scripts and rules; unique within the service."),
    title: z.string().trim().min(1).max(80).describe("The button, without its ellipsis."),
    about: z.string().trim().max(300).default("").describe("What it does to users, in a sentence or two."),
    at: z
      .union([place, z.array(place).min(1).max(100)])
      .describe("Where it runs: a host, `{ host, node }`, or a list of them to choose from."),
    run: argv.describe("Program and arguments; `{name}` is where a parameter goes. No shell is involved."),
    params: z.record(paramName, paramSchema).default({}).describe("What must be chosen or typed, by name."),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), word)
      .default({})
      .describe("Variables of the program's environment, in plain."),
    secrets: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), secretReference)
      .default({})
      .describe("Variables whose values are secrets: they are handed over by stdin, and no process list shows them."),
    risk: z
      .enum(["low", "medium", "high", "critical"])
      .default("medium")
      .describe("How it is confirmed: one click, its plan, name and reason, a second person."),
    timeout: duration
      .refine((ms) => ms >= 1_000 && ms <= 600_000, "expected 1s to 10min")
      .prefault("1min")
      .describe("Deadline of the program; then it is ended, with everything it started."),
    cooldown: duration.optional().describe("Not before this long after the last run of it at the same place."),
    budget: z
      .strictObject({
        runs: z.int().min(1).max(1_000).describe("So many runs"),
        within: duration.describe("within so long: more say that it does not help."),
      })
      .optional()
      .describe("How often before people are warned and rules are stopped."),
    preflight: z.array(check).max(20).default([]).describe("What must be so before anything is touched."),
    verify: verification.describe(
      "What proves it: `green` (nothing is wrong there any more), or a program that looks.",
    ),
    undo: argv.optional().describe("Program and arguments that put it back."),
    finally: argv
      .optional()
      .describe(
        "Program and arguments that run at the end, whatever became of the run: puts back what must not stay as it is meanwhile. It may run twice.",
      ),
    heal: z.boolean().default(false).describe("Whether a rule may start it without a person."),
  })
  .superRefine((action, context) => {
    for (const { path, message } of commandComplaints(action)) context.addIssue({ code: "custom", path, message });
  });

/** A unit of systemd that may be restarted. */
export const unitSchema = z.strictObject({
  host: hostReference.describe("Host of `hosts:`, or `local`."),
  unit: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9@_.:-]+\.service$/, "expected the whole name of a service unit, like `apache2.service`")
    .refine((name) => !/^-|@\.service$/.test(name), "expected a unit that can run, no template")
    .refine(
      (name) => dataStoreOf(name) === null,
      "expected a unit that holds no data; a store is restarted by its own kind",
    )
    .describe("Name of the unit, with its `.service`."),
  node: z.string().min(1).max(120).optional().describe("The node it is about; by default the one named like the host."),
  sudo: z.boolean().default(true).describe("Restart it through `sudo -n`; looking needs no right."),
  user: z.boolean().default(false).describe("A unit of the login user's own manager (`systemctl --user`)."),
  steady: duration
    .refine((ms) => ms >= 1_000 && ms <= 300_000, "expected 1s to 5min")
    .prefault("10s")
    .describe("How long it must run as one and the same process before it counts as up."),
  timeout: duration
    .refine((ms) => ms >= 1_000 && ms <= 600_000, "expected 1s to 10min")
    .prefault("90s")
    .describe("Deadline of the restart, and how long it may take to be up afterwards."),
  heal: z.boolean().default(false).describe("Whether a rule may restart it without a person."),
});

export type ActionConfig = z.infer<typeof actionSchema>;
export type ActionParam = ActionConfig["params"][string];
export type UnitConfig = z.infer<typeof unitSchema>;
export type CheckConfig = z.infer<typeof check>;

export const declaredShape = {
  actions: z
    .array(actionSchema)
    .max(50)
    .default([])
    .describe("Remedies of the team's own; see lib/remediation/declared/README.md."),
  units: z.array(unitSchema).max(50).default([]).describe("Units of systemd that may be restarted from here."),
};
