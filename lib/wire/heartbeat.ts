import { z } from "zod";
import { foreignLine, foreignText } from "#lib/core/foreign-text.ts";
import { heartbeatWords } from "#lib/core/heartbeat.ts";

/** Of what a job printed, the end is kept: there it says why it stopped. */
export const keptLogChars = 4_000;
const keptMessageChars = 300;

/** A form has no numbers, so their digits count as well. */
const wholeNumber = (least: number, most: number) =>
  z.union([
    z.number().int().min(least).max(most),
    z
      .string()
      .regex(/^-?\d{1,12}$/, `expected a whole number from ${least} to ${most}`)
      .transform(Number)
      .refine((number) => number >= least && number <= most, `expected a whole number from ${least} to ${most}`),
  ]);

/** Text of a job is not refused for how it looks: its report would be lost. It is cut, and nothing in it acts. */
const message = z
  .string()
  .max(20_000)
  .transform((text) => orNothing(foreignLine(text, keptMessageChars)));
const log = z
  .string()
  .max(60_000)
  .transform((text) => orNothing(tailOf(foreignText(text.trimEnd().slice(-keptLogChars), 2 * keptLogChars))));

/**
 * Body of `POST /api/v1/heartbeats/{service}`, as JSON or as a form (`curl -d exitCode=$?`). An empty one is a success; an exit
 * code says by itself how it ended.
 */
export const heartbeatRequest = z
  .strictObject({
    says: z.enum(heartbeatWords).optional(),
    exitCode: wholeNumber(-1, 65_535).optional(),
    durationMs: wholeNumber(0, 2_000_000_000).optional(),
    /** The job's own name for this run: ties its end to its start, and makes a repeated report harmless. */
    run: z
      .string()
      .regex(/^[\x21-\x7e]{1,100}$/, "expected 1 to 100 characters without spaces")
      .optional(),
    message: message.optional(),
    log: log.optional(),
  })
  .superRefine(({ says, exitCode, durationMs }, context) => {
    const complain = (path: string, words: string) =>
      context.addIssue({ code: "custom", message: words, path: [path] });
    if (says === "start" && exitCode !== undefined) complain("exitCode", "a run that begins has none yet");
    if (says === "start" && durationMs !== undefined) complain("durationMs", "a run that begins has none yet");
    if (says === "success" && exitCode !== undefined && exitCode !== 0)
      complain("exitCode", "does not fit a success; leave `says` away, and it decides");
  });
export type HeartbeatRequest = z.output<typeof heartbeatRequest>;

/** What is meant: an exit code of 0 and an empty body are a success. */
export function saidBy({ says, exitCode }: Pick<HeartbeatRequest, "says" | "exitCode">) {
  return says ?? (exitCode === undefined || exitCode === 0 ? ("success" as const) : ("fail" as const));
}

/** Answer: what was understood. */
export const heartbeatDto = z.object({
  service: z.string(),
  at: z.number(),
  says: z.enum(heartbeatWords),
  run: z.string().nullable(),
});
export type HeartbeatDto = z.infer<typeof heartbeatDto>;

function orNothing(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function tailOf(text: string): string {
  return text.length <= keptLogChars ? text : `…${text.slice(1 - keptLogChars)}`;
}
