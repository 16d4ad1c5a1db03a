import { z } from "zod";
import { timeOf, timeWords } from "#lib/wire/time.ts";

/** One row of the audit log, as it stands there; `before` and `after` are what their JSON says. */
export const auditRowDto = z.object({
  /** Its number, from 1 without holes. */
  id: z.number(),
  at: z.number(),
  actorKind: z.string(),
  actorName: z.string(),
  actorFrom: z.string().nullable(),
  actorRole: z.string().nullable(),
  method: z.string().nullable(),
  command: z.string(),
  target: z.string(),
  reason: z.string().nullable(),
  outcome: z.string(),
  refusal: z.string().nullable(),
  times: z.number(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  serviceId: z.string().nullable(),
  runId: z.string().nullable(),
  approvalId: z.string().nullable(),
  incidentId: z.string().nullable(),
  snapshotId: z.string().nullable(),
  hash: z.string().nullable(),
});
export type AuditRowDto = z.infer<typeof auditRowDto>;

/** The end of the log, and how far back its newest rows were found to fit each other. */
export const auditHeadDto = z.object({
  seq: z.number(),
  hash: z.string(),
  /** Rows from here to the end fit; `null`: one of them does not. */
  fitsFrom: z.number().nullable(),
  /** Rows up to here were cut off when their time was over; 0: none. */
  cutUpTo: z.number(),
});
export type AuditHeadDto = z.infer<typeof auditHeadDto>;

export const auditPageDto = z.object({
  rows: z.array(auditRowDto),
  /** Older rows come with `before` set to this; `null` when there are none. */
  next: z.number().nullable(),
  head: auditHeadDto,
});
export type AuditPageDto = z.infer<typeof auditPageDto>;

const word = z.string().trim().max(200);
const moment = z
  .string()
  .max(40)
  .transform((told, context) => {
    if (told === "") return undefined;
    const at = timeOf(told);
    if (at !== null) return at;
    context.addIssue({ code: "custom", message: `expected ${timeWords}` });
    return z.NEVER;
  });

/** Which rows: each part that is given must hold. An empty one counts as not given, as forms send it. */
const which = {
  actor: word.optional(),
  command: word.optional(),
  /** A target's own name, or a service's id. */
  target: word.optional(),
  outcome: z.enum(["", "done", "refused"]).optional(),
  runId: word.optional(),
  from: moment.optional(),
  to: moment.optional(),
};

export const auditAsked = z.strictObject({
  ...which,
  /** Rows older than this number. */
  before: z
    .string()
    .regex(/^\d{1,15}$/, "expected the number of a row")
    .transform(Number)
    .optional(),
});
export type AuditAsked = z.output<typeof auditAsked>;

export const auditExportRequest = z.strictObject({ format: z.enum(["csv", "json", "jsonl"]), ...which });
export type AuditExport = z.output<typeof auditExportRequest>;
