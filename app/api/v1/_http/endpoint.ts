import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import type { Door, Method } from "#lib/access/doors/door.ts";
import { type DoorPath, type DoorsAt, doors } from "#lib/access/doors.ts";
import { type Sight, sightOf } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import { noQuery } from "#lib/wire/asked.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { limitRefusal } from "../../../limit-refusal.ts";
import { noteRefusal } from "../../../note-refusal.ts";
import { openedStore } from "../../../store.ts";
import { authorise, refusedAtTheDoor } from "./authorise.ts";
import { readBody } from "./body.ts";
import { httpProblem, problemOf } from "./problem.ts";
import { readQuery } from "./query.ts";

/** What a handler is given of one request: the edge has been crossed, and nothing here is global. */
export interface Call<D extends Door = Door> {
  readonly request: Request;
  readonly url: URL;
  /** Parameters of the path: `id` of `/services/[id]`. */
  readonly params: { readonly id: string };
  readonly store: Store;
  /** `null` only where the door is open to anyone. */
  readonly actor: D["needs"] extends "anyone" ? Actor | null : Actor;
  /** Which services the actor may see. */
  readonly sight: Sight;
  readonly now: number;
  /** What stood behind the question mark, as the table's schema parsed it. */
  readonly query: D extends { readonly query: infer Q extends z.ZodType }
    ? z.output<Q>
    : Readonly<Record<string, never>>;
  /** The JSON body, as the table's schema parsed it. */
  readonly body: D extends { readonly body: infer B extends z.ZodType } ? z.output<B> : undefined;
}

type Handler<D extends Door> = (call: Call<D>) => Promise<Response>;
type Handlers<P extends DoorPath> = {
  readonly [M in keyof DoorsAt<P>]: DoorsAt<P>[M] extends infer D extends Door ? Handler<D> : never;
};
type Route = (request: Request, context: { params: Promise<Record<string, string> | undefined> }) => Promise<Response>;

/**
 * The exports of one `route.ts`: a handler for each method that the table of who may has at this address, and a uniform
 * problem for each one it has not. A refusal is never an exception; what is thrown is a bug or a store that does not
 * answer, and its message stays in the log.
 */
export function endpoints<P extends DoorPath>(path: P, handlers: Handlers<P>): Record<string, Route> {
  const at: Readonly<Partial<Record<Method, Door>>> = doors[path];
  const routes = Object.entries(handlers).map(([method, handler]) => {
    const door = at[method as Method];
    if (door === undefined) throw new Error(`the table of who may has no ${method} ${path}`);
    return [method, route(`${method} ${path}`, door, handler as Handler<Door>)] as const;
  });
  return withProblems(path, Object.fromEntries(routes));
}

/** A `GET` open to anyone that answers without the store, and so even when that is broken. */
export function storeless(path: "/api/v1/health/live", get: () => Response): Record<string, Route> {
  const door: { readonly needs: "anyone" } = doors[path].GET;
  if (door.needs !== "anyone") throw new Error(`${path} is not open to anyone`);
  const answered: Route = async (request) => refusedAtTheDoor(request, `GET ${path}`) ?? get();
  return withProblems(path, { GET: answered });
}

function withProblems(path: string, routes: Readonly<Record<string, Route>>): Record<string, Route> {
  const allow = Object.keys(routes)
    .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
    .join(", ");
  const missing: Route = async (request) =>
    refusedAtTheDoor(request, path) ??
    httpProblem("method-not-allowed", `This address answers ${allow}.`, pathOf(request), { allow });
  return { GET: missing, POST: missing, PUT: missing, PATCH: missing, DELETE: missing, OPTIONS: missing, ...routes };
}

/** A view's or a command's value as JSON, or its refusal as a problem. */
export function answer<T>(
  result: Result<T, Refusal>,
  status = 200,
  headers?: Readonly<Record<string, string>>,
): Response {
  return result.ok ? json(result.value, status, headers) : problemOf(result.error);
}

/** A value that tells a secret this one time: it is not packed, for the length of a packed answer tells of what is in it (BREACH). */
export function answerOnce<T>(result: Result<T, Refusal>): Response {
  return answer(result, 201, { "cache-control": "no-store, no-transform" });
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** What is JSON already. As a stream, because a response makes a copy of bytes that it is given. */
export function jsonBytes(bytes: Buffer<ArrayBuffer>): Response {
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}

function route(name: string, door: Door, handler: Handler<Door>): Route {
  return async (request, context) => {
    const refused = refusedAtTheDoor(request, name);
    if (refused !== null) return refused;
    try {
      const call = await callOf(name, door, request, await context.params);
      return call.ok ? await handler(call.value) : problemOf(call.error, pathOf(request));
    } catch (cause) {
      const trouble = storeTroubleOf(cause);
      if (trouble !== null) return problemOf({ code: "store-unavailable", detail: trouble.what }, pathOf(request));
      console.error(`${request.method} ${pathOf(request)} failed`, cause);
      return httpProblem("internal", "This is a bug; the log has the reason.", pathOf(request));
    }
  };
}

/** Who may comes before what was asked: a stranger learns nothing of how a request must look. */
async function callOf(
  name: string,
  door: Door,
  request: Request,
  params: Readonly<Record<string, string>> | undefined,
): Promise<Result<Call<Door>, Refusal>> {
  const store = await openedStore();
  const now = Date.now();
  const { headers } = request;
  const { actor, refusal } = await authorise(door, store, headers, now);
  const turnedAway = limitRefusal(door, { actor, allowed: refusal === null }, headers, now) ?? refusal;
  if (turnedAway !== null) {
    noteRefusal({ door: name, ...turnedAway, headers, actor });
    return err(turnedAway);
  }
  const id = params?.id ?? "";
  if (id.length > longestId) return err({ code: "not-found", detail: "There is nothing of that name" });
  const url = new URL(request.url);
  const query = readQuery(url.searchParams, door.query ?? noQuery);
  if (!query.ok) return query;
  const body =
    door.body === undefined ? ok(undefined) : await readBody(request, door.body, { form: door.form === true });
  if (!body.ok) return body;
  const asked = { query: query.value as never, body: body.value as never };
  const sight = sightOf(actor ?? { grants: [], holds: [] });
  return ok({ request, url, params: { id }, store, actor: actor as Actor, sight, now, ...asked });
}

const longestId = 200;

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
