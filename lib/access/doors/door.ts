import type { z } from "zod";
import type { Permission } from "#lib/access/roles.ts";
import type { ProblemCode } from "#lib/wire/problem.ts";

export type Method = "GET" | "POST";

/** Which budget of requests a door draws from: lib/access/rate-limit.ts. That of `try` is the front's own. */
export type Limit = "link" | "run" | "api";

/**
 * Where the services come from that a door is about: none; whatever one may see (lists are cut to that); the id in the
 * path; ids in the body; or what is kept of the thing named in the path, such as a run.
 */
export type About = "none" | "sight" | "service" | "body" | "row";

/** One method of one address of the API: who may, what goes in, what comes out. */
export interface Door {
  /** Any one of them will do. */
  readonly needs: Permission | readonly Permission[];
  readonly on: About;
  readonly limit: Limit;
  /** One sentence, for people. */
  readonly summary: string;
  /** Strict: a parameter it does not name is refused. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body may be a form as well: for shells, where JSON is hard to write. Only where no cookie opens the door. */
  readonly form?: true;
  /** By status. `stream`: server-sent events, each of them of that shape. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  readonly stream?: true;
  /** Media type of an answer that is a file rather than JSON. */
  readonly file?: string;
  /** Header fields that are read apart from the usual ones. */
  readonly headers?: z.ZodObject;
  /** What it may be refused for, apart from what every door may: see `usualRefusals`. */
  readonly refuses?: readonly ProblemCode[];
}

/** A page; who may not look is led to the sign-in. */
export interface PageDoor {
  readonly needs: Permission;
  readonly summary: string;
}

/** A command asks again, inside its transaction, when it knows the service. */
export interface CommandDoor {
  readonly needs: Permission | readonly Permission[] | Readonly<Record<Risk, Permission>>;
  readonly summary: string;
}

export const risks = ["none", "low", "medium", "high", "critical"] as const;
export type Risk = (typeof risks)[number];

export type Doors = Readonly<Record<string, Readonly<Partial<Record<Method, Door>>>>>;
