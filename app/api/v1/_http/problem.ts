import { type Problem, type ProblemCode, problemCodes, type Refusal } from "#lib/wire/problem.ts";

/** Problems of HTTP itself, which no view or command can have. */
const httpProblems = { "method-not-allowed": 405, "cross-origin": 403, "untrusted-host": 421, internal: 500 } as const;
type HttpProblemCode = keyof typeof httpProblems;

const titles: Readonly<Record<ProblemCode | HttpProblemCode, string>> = {
  "not-found": "Not found",
  "invalid-request": "The request is not valid",
  "idempotency-key-missing": "The Idempotency-Key header is missing",
  "idempotency-key-reused": "This Idempotency-Key was used for another request",
  conflict: "Something else is going on",
  "confirmation-needed": "It asks for more care",
  "plan-stale": "The plan no longer fits what was found",
  "plan-expired": "The plan is too old",
  blocked: "This cannot be done now",
  gone: "This is gone",
  unauthorized: "Nobody is signed in",
  "reauthentication-needed": "A fresh proof of who you are is needed",
  forbidden: "Not allowed",
  "too-large": "The body is too large",
  "unsupported-media-type": "Only JSON is understood here",
  "too-many-requests": "Too many requests",
  "poller-silent": "The poller is silent",
  "provider-unavailable": "The provider does not answer",
  "store-unavailable": "The store does not answer",
  "method-not-allowed": "Method not allowed",
  "cross-origin": "Requests from other sites are refused",
  "untrusted-host": "This host name is not known here",
  internal: "Pitwall itself failed",
};

/** A refusal as an RFC 9457 problem, with the status that belongs to its code. */
export function problemOf(refusal: Refusal, instance?: string): Response {
  const { code, detail, errors, retryAfterMs } = refusal;
  return respond(
    { code, status: problemCodes[code], detail, ...(errors === undefined ? {} : { errors: [...errors] }) },
    instance,
    {
      ...(code === "unauthorized" ? { "www-authenticate": 'Bearer realm="Pitwall"' } : {}),
      ...(retryAfterMs === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    },
  );
}

/** A problem of HTTP itself: a method, an origin or a failure of ours. */
export function httpProblem(
  code: HttpProblemCode,
  detail: string,
  instance?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respond({ code, status: httpProblems[code], detail }, instance, headers);
}

function respond(
  told: Pick<Problem, "status" | "detail" | "errors"> & { readonly code: ProblemCode | HttpProblemCode },
  instance?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const problem: Problem = {
    type: `/problems/${told.code}`,
    title: titles[told.code],
    ...told,
    ...(instance === undefined ? {} : { instance }),
  };
  return new Response(JSON.stringify(problem), {
    status: told.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
