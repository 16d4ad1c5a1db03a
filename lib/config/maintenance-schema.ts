import { z } from "zod";
import { isTimeZone, longestMaintenanceMs, ruleTrouble } from "#lib/core/maintenance.ts";
import { duration } from "#lib/integrations/fields.ts";

const clockPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;
const clockTime = z
  .string()
  .regex(clockPattern, "expected a time on the clock like 2026-11-22T02:00, without an offset")
  .refine(
    (text) => !clockPattern.test(text) || isRealTime(text),
    "expected a day that is in the calendar and a time that is on the clock",
  )
  .meta({ examples: ["2026-11-22T02:00"] });

const names = (what: string) => z.array(z.string().min(1)).default([]).describe(what);

/** One entry of `maintenance:`: planned work, once or by a rule. */
export const maintenanceSchema = z
  .strictObject({
    services: names("Ids of the services whose trouble is planned."),
    groups: names("Groups whose services are all in maintenance."),
    nodes: names("Nodes that are planned to be out, wherever they are a member."),
    from: clockTime.describe("When it begins, on the clock of `timeZone`; of a rule, the first time."),
    to: clockTime.optional().describe("When it ends, for work that is done once."),
    duration: duration
      .refine((ms) => ms >= 60_000, "expected at least 1min")
      .refine((ms) => ms <= longestMaintenanceMs, "expected at most 30d")
      .optional()
      .describe("How long it lasts, instead of `to`."),
    timeZone: z
      .string()
      .refine(isTimeZone, "expected the name of a time zone like Europe/Berlin")
      .default("UTC")
      .describe("Time zone of the times here; its daylight saving is kept to.")
      .meta({ examples: ["Europe/Berlin"] }),
    repeat: z
      .string()
      .optional()
      .describe("Recurrence rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU; without one it is done once.")
      .meta({ examples: ["FREQ=WEEKLY;BYDAY=SU"] }),
    note: z.string().trim().max(500).default("").describe("What is done then; the board shows it."),
  })
  .superRefine((given, context) => {
    const complain = (key: string, message: string) => context.addIssue({ code: "custom", message, path: [key] });
    if (given.services.length + given.groups.length + given.nodes.length === 0) {
      complain("services", "expected at least one of `services`, `groups` and `nodes` to name what is covered");
    }
    if ((given.to === undefined) === (given.duration === undefined)) {
      complain("duration", "expected either `duration` or `to`");
    }
    if (given.to !== undefined && given.repeat !== undefined) {
      complain("to", "expected `duration` for work that repeats");
    } else if (given.to !== undefined && !(given.to > given.from)) {
      complain("to", "expected a time after `from`");
    }
    if (given.repeat === undefined || !isRealTime(given.from)) return;
    const trouble = ruleTrouble(given.repeat, given.from);
    if (trouble !== null) complain("repeat", `expected ${trouble}`);
  });

function isRealTime(text: string): boolean {
  const at = Date.parse(`${text}Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
