import type { Group } from "#e2e/doors/seed.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { type Holder, may, mayAnywhere, type Permission } from "#lib/access/roles.ts";
import { problemCodes } from "#lib/wire/problem.ts";

/** Who asks, as the table judges him: `null` is whoever Pitwall does not know. */
export type Judged = Holder | null;

/**
 * The statuses that the table of who may allows for this asker: the one refusal, or, for who may, whatever the door answers
 * and what it says it may be refused for when the time is not right.
 */
export function predict(
  { path, door }: { readonly path: string; readonly door: Door },
  who: Judged,
  group: Group,
): readonly number[] {
  const needs: readonly Permission[] = typeof door.needs === "string" ? [door.needs] : door.needs;
  const answers = Object.keys(door.answers).map(Number);
  if (needs.includes("anyone")) return answers;
  if (who === null) return [401];
  if (!needs.some((permission) => mayAnywhere(who, permission))) return [403];
  const over = overOf(path, door, group);
  const allowed = needs.some((permission) => permits(who, permission, over));
  // Its other end lies in the other group: whoever does not see that has no such dependency.
  if (allowed && path.includes("/dependencies/") && !may(who, "look", group === "shop" ? "learn" : "shop"))
    return [404];
  if (allowed) return [...answers, ...later(door)];
  if (over === "all" || over === "made-by-whole") return [over === "all" ? 403 : 404];
  if (path === "/api/v1/tokens/[id]/revoke") return [404];
  if (path === "/api/v1/events" && who.only !== undefined) return [400];
  return [path === "/api/v1/tokens" || may(who, "look", group) ? 403 : 404];
}

type Touched = Group | "all" | "own" | "made-by-whole";

function overOf(path: string, { on }: Door, group: Group): Touched {
  if (path === "/api/v1/poll" || path.startsWith("/api/v1/people") || path.startsWith("/api/v1/audit")) return "all";
  if (path.startsWith("/api/v1/snapshots/[id]")) return "made-by-whole";
  if (on === "none" || on === "sight") return "own";
  return group;
}

function permits(who: Holder, permission: Permission, over: Touched): boolean {
  switch (over) {
    case "own":
      return mayAnywhere(who, permission);
    case "all":
      return who.only === undefined && may(who, permission, null);
    case "made-by-whole":
      return mayAnywhere(who, permission) && may(who, "look", null);
    case "shop":
    case "learn":
      return (who.only === undefined || who.only.includes(over)) && may(who, permission, over);
    default:
      return over satisfies never;
  }
}

/** Refusals that come after who may, of what is no longer or not yet so. */
function later({ refuses = [] }: Door): number[] {
  return refuses.map((code) => problemCodes[code]).filter((status) => status !== 404 && status !== 403);
}
