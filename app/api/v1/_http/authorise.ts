import type { Actor } from "#lib/access/actor.ts";
import { neededWords } from "#lib/access/allowed.ts";
import { bearerOf } from "#lib/access/bearer-token.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { identifyRequest } from "#lib/access/identify-request.ts";
import { mayAnywhere, type Permission } from "#lib/access/roles.ts";
import { crossOriginReason, untrustedHost } from "#lib/access/same-origin.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { httpProblem } from "./problem.ts";

/**
 * Whether a request may come in at all, whoever sent it: under a name that is ours, and, if it changes something, not from
 * a page of another site. A request with a token passes: no browser adds one by itself.
 */
export function refusedAtTheDoor(request: Request): Response | null {
  const path = new URL(request.url).pathname;
  const stranger = untrustedHost(request.headers);
  if (stranger !== null) {
    const detail = `Pitwall does not answer as "${stranger}". Use localhost or its address.`;
    return httpProblem("untrusted-host", detail, path);
  }
  if (request.method === "GET" || request.method === "HEAD") return null;
  if (bearerOf(request.headers.get("authorization")) !== null) return null;
  const foreign = crossOriginReason(request.headers);
  if (foreign === null) return null;
  return httpProblem("cross-origin", `Only Pitwall's own pages and scripts may do this: ${foreign}.`, path);
}

/** Who asks, if he may ask this door anything at all. `null` at doors that are open to anyone, for whoever is nobody. */
export async function authorise(
  door: Door,
  store: Store,
  headers: Headers,
  now: number,
): Promise<Result<Actor | null, Refusal>> {
  const actor = await identifyRequest(store, headers, now);
  const needs: readonly Permission[] = typeof door.needs === "string" ? [door.needs] : door.needs;
  if (needs.includes("anyone")) return ok(actor);
  if (actor === null) return err({ code: "unauthorized", detail: signInWords(headers) });
  if (needs.some((permission) => mayAnywhere(actor, permission))) return ok(actor);
  return err({ code: "forbidden", detail: `This needs ${neededWords(needs, "own")}.` });
}

function signInWords(headers: Headers): string {
  return headers.get("authorization") === null
    ? "Sign in at /sign-in, or send a token as `Authorization: Bearer …`: Settings → Tokens makes one, and so does `npx pitwall token add`."
    : "The token is not known, has expired or was revoked. Settings → Tokens makes another.";
}
