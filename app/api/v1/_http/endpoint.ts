import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { requestActor } from "#lib/access/request-actor.ts";
import { crossOriginReason, untrustedHost } from "#lib/access/same-origin.ts";
import type { Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { openedStore } from "../../../store.ts";
import { readBody } from "./body.ts";
import { httpProblem, problemOf } from "./problem.ts";

/** What a handler is given of one request: the edge has been crossed, and nothing here is global. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Parameters of the path: `id` of `/services/:id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly actor: Actor;
  readonly now: number;
  /** The JSON body, parsed; its refusal is a problem already worded. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<Result<T, Refusal>>;
}

type Method = "GET" | "POST";
type Handler = (call: Call) => Promise<Response>;
type Route = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

/**
 * The exports of one `route.ts`: the methods it has, and a uniform problem for each one it has not. A refusal is never an
 * exception; what is thrown is a bug or a store that does not answer, and its message stays in the log.
 */
export function endpoints(handlers: Partial<Readonly<Record<Method, Handler>>>): Record<string, Route> {
  return withProblems(
    Object.fromEntries(Object.entries(handlers).map(([method, handler]) => [method, route(handler)])),
  );
}

/** A `GET` that answers without the store, and so even when that is broken. */
export function storeless(get: () => Response): Record<string, Route> {
  const answered: Route = async (request) => refusedAtTheDoor(request) ?? get();
  return withProblems({ GET: answered });
}

function withProblems(routes: Readonly<Record<string, Route>>): Record<string, Route> {
  const allow = Object.keys(routes)
    .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
    .join(", ");
  const missing: Route = async (request) =>
    httpProblem("method-not-allowed", `This address answers ${allow}.`, pathOf(request), { allow });
  return { GET: missing, POST: missing, PUT: missing, PATCH: missing, DELETE: missing, ...routes };
}

/** A view's or a command's value as JSON, or its refusal as a problem. */
export function answer<T>(
  result: Result<T, Refusal>,
  status = 200,
  headers?: Readonly<Record<string, string>>,
): Response {
  return result.ok ? json(result.value, status, headers) : problemOf(result.error);
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store", ...headers } });
}

function route(handler: Handler): Route {
  return async (request, context) => {
    const refused = refusedAtTheDoor(request);
    if (refused !== null) return refused;
    try {
      return await handler({
        request,
        url: new URL(request.url),
        params: await context.params,
        store: await openedStore(),
        actor: requestActor(request.headers),
        now: Date.now(),
        body: (schema) => readBody(request, schema),
      });
    } catch (cause) {
      const trouble = storeTroubleOf(cause);
      if (trouble !== null) return problemOf({ code: "store-unavailable", detail: trouble.what }, pathOf(request));
      console.error(`${request.method} ${pathOf(request)} failed`, cause);
      return httpProblem("internal", "This is a bug; the log has the reason.", pathOf(request));
    }
  };
}

function refusedAtTheDoor(request: Request): Response | null {
  const stranger = untrustedHost(request.headers);
  if (stranger !== null) {
    return httpProblem(
      "untrusted-host",
      `Pitwall does not answer as "${stranger}". Use localhost or its address.`,
      pathOf(request),
    );
  }
  if (request.method === "GET" || request.method === "HEAD") return null;
  const foreign = crossOriginReason(request.headers);
  if (foreign === null) return null;
  return httpProblem("cross-origin", `Only Pitwall's own pages and scripts may do this: ${foreign}.`, pathOf(request));
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
