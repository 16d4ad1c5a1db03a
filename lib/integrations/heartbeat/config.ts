import { z } from "zod";
import { isTimeZone } from "#lib/core/maintenance.ts";
import { duration } from "#lib/integrations/fields.ts";
import { cronTrouble, type Schedule } from "#lib/integrations/heartbeat/schedule.ts";

const dayMs = 86_400_000;

/** A time from a second to a year and a bit. */
const span = duration
  .refine((ms) => ms >= 1_000, "expected at least 1s")
  .refine((ms) => ms <= 400 * dayMs, "expected at most 400d");

const options = z.strictObject({
  every: span.optional().describe("How often it runs, from the beginning of one run to the next; instead of `cron`."),
  cron: z
    .string()
    .max(100)
    .optional()
    .describe("When it runs, as its crontab says it, in five fields; instead of `every`.")
    .meta({ examples: ["15 2 * * *"] }),
  timeZone: z
    .string()
    .refine(isTimeZone, "expected the name of a time zone like Europe/Berlin")
    .default("UTC")
    .describe("Time zone of `cron`: that of the machine it runs on. Daylight saving is kept to as cron does.")
    .meta({ examples: ["Europe/Berlin"] }),
  grace: span
    .prefault("15min")
    .describe(
      "How long after it is due a run may be heard of before it is missed; from half of it on it is late. A job that does not report its start needs as long as it runs.",
    ),
  longest: span
    .optional()
    .describe(
      "How long a run may take; by default until the next one is due. After twice that it counts as never ended.",
    ),
  host: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe(
      "The machine it runs on, by the name that other services have for it: what happens to one happens to both.",
    ),
});

/** When a job runs, how late it may be, and how long it may take. Times in milliseconds. */
export interface HeartbeatConfig {
  readonly schedule: Schedule;
  readonly graceMs: number;
  readonly longestMs: number | null;
  readonly host: string | null;
}

export const heartbeatConfig: z.ZodType<HeartbeatConfig> = options
  .superRefine(({ every, cron, timeZone }, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: "custom", message, path: [path] });
    if ((every === undefined) === (cron === undefined)) complain("every", "expected either `every` or `cron`");
    if (cron === undefined || !isTimeZone(timeZone)) return;
    const trouble = cronTrouble(cron, timeZone);
    if (trouble !== null) complain("cron", trouble);
  })
  .transform(({ every, cron, timeZone, grace, longest = null, host = null }) => ({
    schedule: every === undefined ? { cron: cron ?? "", timeZone } : { everyMs: every },
    graceMs: grace,
    longestMs: longest,
    host,
  }));
