import type { z } from "zod";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Problem, problemDto } from "#lib/wire/problem.ts";

/** Longest time a page waits for Pitwall itself. A poll request alone may take ten seconds. */
const deadlineMs = 20_000;

export interface ApiRequest {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Asks Pitwall's own API from a page. What the API refuses, and an API that does not answer, is a problem with a sentence
 * for a person; an answer of another shape than `schema` throws, because page and server then are of different versions.
 */
export async function askApi<T>(
  path: string,
  schema: z.ZodType<T>,
  { method = "GET", body, headers = {}, signal }: ApiRequest = {},
): Promise<Result<T, Problem>> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const request: RequestInit = {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    return err(noAnswer(path));
  }
  const json: unknown = await response.json().catch(() => undefined);
  if (response.ok) return ok(schema.parse(json));
  const problem = problemDto.safeParse(json);
  return err(problem.success ? problem.data : noAnswer(path, response.status));
}

/** A problem thrown into a query, which knows failures only as exceptions. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** The value, or the problem as an exception: for query functions only. */
export async function orThrow<T>(result: Promise<Result<T, Problem>>): Promise<T> {
  const settled = await result;
  if (settled.ok) return settled.value;
  throw new ProblemError(settled.error);
}

function noAnswer(path: string, status = 0): Problem {
  return {
    type: "/problems/no-answer",
    title: "Pitwall did not answer",
    status,
    code: "no-answer",
    detail: `Pitwall did not answer ${path}${status === 0 ? "" : ` as expected (status ${status})`}. Check that it still runs where you started it.`,
  };
}
