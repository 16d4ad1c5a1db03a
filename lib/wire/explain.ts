import { z } from "zod";
import { statuses } from "#lib/core/status.ts";
import { confirmDto } from "#lib/wire/confirm.ts";

/** Body of `POST /api/v1/services/:id/dependencies/refuse` and `/accept`. */
export const dependencyRequest = z.strictObject({ dependsOn: z.string().min(1).max(64) });

/** What either answers: whether it is refused now. */
export const dependencyAnswer = z.object({ refused: z.boolean() });

const named = z.object({ serviceId: z.string(), name: z.string(), words: z.string() });

/** `GET /api/v1/services/:id/explain`: which sample, rules, limits, counts and dependencies led to its status. */
export const explainDto = z.object({
  serviceId: z.string(),
  at: z.number(),
  status: z.enum(statuses),
  since: z.number().nullable(),
  /** When the last polls ended and what each said, newest first. */
  samples: z.array(z.object({ at: z.number(), status: z.enum(statuses) })),
  /** When the sample was taken that the rules were read from: older than the last poll while polls fail. */
  sampleAt: z.number().nullable(),
  /** Why the last poll brought nothing back. */
  failure: z.string().nullable(),
  /** How the status was confirmed: `n` of `of` polls. */
  confirmed: z.object({ state: z.enum(["soft", "hard"]), n: z.number(), of: z.number() }).nullable(),
  /** How trouble is confirmed: what pitwall.yaml says, and what somebody chose instead. */
  confirm: z.object({
    configured: confirmDto.nullable(),
    chosen: z.object({ confirm: confirmDto, by: z.string(), at: z.number() }).nullable(),
  }),
  rules: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      help: z.string(),
      limits: z.string().nullable(),
      overridden: z.boolean(),
      off: z.boolean(),
      readings: z.array(
        z.object({
          node: z.string().nullable(),
          subject: z.string().nullable(),
          value: z.string().nullable(),
          verdict: z.enum(["critical", "warning", "info", "ok", "not measured"]),
          message: z.string().nullable(),
        }),
      ),
      more: z.number(),
    }),
  ),
  cause: z.object({
    role: z.enum(["root", "symptom", "none"]),
    root: named.nullable(),
    followed: z.array(z.object({ from: named, to: named, evidence: z.array(z.string()) })),
    setAside: z.array(named.extend({ why: z.string() })),
    symptoms: z.array(named),
    /** The root lies in a service that the reader may not see. */
    hidden: z.literal(true).exactOptional(),
  }),
});
export type Explanation = z.infer<typeof explainDto>;
