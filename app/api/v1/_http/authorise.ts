import type { Actor } from "#lib/access/actor.ts";
import { neededWords } from "#lib/access/allowed.ts";
import { bearerOf } from "#lib/access/bearer-token.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { identifyRequest } from "#lib/access/identify-request.ts";
import { mayAnywhere, type Permission } from "#lib/access/roles.ts";
import { crossOriginReason, untrustedHost } from "#lib/access/same-origin.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { noteRefusal } from "../../../note-refusal.ts";
import { httpProblem } from "./problem.ts";

/**
 * Whether a request may come in at all, whoever sent it: under a name that is ours, and, if it changes something, not from
 * a page of another site. A request with a token passes: no browser adds one by itself. Who may not is audited, as having
 * come to `door`.
 */
export function refusedAtTheDoor(request: Request, door: string): Response | null {
  const path = new URL(request.url).pathname;
  const { headers } = request;
  const refuse = (code: "untrusted-host" | "cross-origin", detail: string) => {
    noteRefusal({ door, code, detail, headers, actor: null });
    return httpProblem(code, detail, path);
  };
  const stranger = untrustedHost(headers);
  if (stranger !== null)
    return refuse("untrusted-host", `Pitwall does not answer as "${stranger}". Use localhost or its address.`);
  if (request.method === "GET" || request.method === "HEAD") return null;
  if (bearerOf(headers.get("authorization")) !== null) return null;
  const foreign = crossOriginReason(headers);
  if (foreign === null) return null;
  return refuse("cross-origin", `Only Pitwall's own pages and scripts may do this: ${foreign}.`);
}

/** Who asks, and why he may not ask this door anything at all; `null`: he may. At doors that are open to anyone he may be nobody. */
export async function authorise(
  door: Door,
  store: Store,
  headers: Headers,
  now: number,
): Promise<{ readonly actor: Actor | null; readonly refusal: Refusal | null }> {
  const actor = await identifyRequest(store, headers, now);
  const needs: readonly Permission[] = typeof door.needs === "string" ? [door.needs] : door.needs;
  if (needs.includes("anyone")) return { actor, refusal: null };
  if (actor === null) return { actor, refusal: { code: "unauthorized", detail: signInWords(headers) } };
  if (needs.some((permission) => mayAnywhere(actor, permission))) return { actor, refusal: null };
  return { actor, refusal: { code: "forbidden", detail: `This needs ${neededWords(needs, "own")}.` } };
}

function signInWords(headers: Headers): string {
  return headers.get("authorization") === null
    ? "Sign in at /sign-in, or send a token as `Authorization: Bearer …`: Settings → Tokens makes one, and so does `npx pitwall token add`."
    : "The token is not known, has expired or was revoked. Settings → Tokens makes another.";
}
