import type { Actor } from "#lib/access/actor.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { peerOf } from "#lib/access/peer.ts";
import { createRateLimits } from "#lib/access/rate-limit.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Of this process, in memory: after a start everybody has the full burst once more. */
const limits = createRateLimits();

/**
 * Whether this asker has asked too often: by account and by address against what the door allows; whoever is refused anyway
 * only by address, so that guessing costs no one else's share.
 */
export function limitRefusal(
  door: Pick<Door, "limit">,
  { actor, allowed }: { readonly actor: Actor | null; readonly allowed: boolean },
  headers: Headers,
  now: number,
): Refusal | null {
  const account = allowed ? (actor?.id ?? actor?.name ?? null) : null;
  const wall = allowed && actor?.watches !== undefined;
  const taken = limits.take(wall ? "link" : allowed ? door.limit : "api", { account, address: peerOf(headers) }, now);
  if (taken.ok) return null;
  const { retryAfterSeconds } = taken;
  const detail = `You ask too often. Try again in ${retryAfterSeconds} s.`;
  return { code: "too-many-requests", detail, retryAfterMs: retryAfterSeconds * 1_000 };
}
