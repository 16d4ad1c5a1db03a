import { z } from "zod";

/** RFC 9457 problem details. `type` is a path of the documentation, `code` the stable word for scripts. */
export const problemDto = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  instance: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemDto>;

/** A command or view that refuses says why with one of these. */
export const problemCodes = {
  "not-found": 404,
  "invalid-request": 400,
  "idempotency-key-missing": 400,
  "idempotency-key-reused": 422,
  conflict: 409,
  "confirmation-needed": 409,
  "plan-stale": 409,
  "plan-expired": 409,
  blocked: 409,
  gone: 410,
  unauthorized: 401,
  "reauthentication-needed": 403,
  forbidden: 403,
  "too-large": 413,
  "unsupported-media-type": 415,
  "too-many-requests": 429,
  "poller-silent": 503,
  "provider-unavailable": 503,
  "store-unavailable": 503,
} as const;
export type ProblemCode = keyof typeof problemCodes;

export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** When it may be tried again. */
  readonly retryAfterMs?: number;
}
