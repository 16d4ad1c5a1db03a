import type { Actor } from "#lib/access/actor.ts";
import { type CommandName, commandDoors } from "#lib/access/doors/commands.ts";
import type { CommandDoor, Risk } from "#lib/access/doors/door.ts";
import { may, mayAnywhere, type Permission, roleFor } from "#lib/access/roles.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** What is to be touched: one service, all of them, or no more than what one may anyway. */
export type Over = { readonly id: string; readonly group: string | null } | "all" | "own";

/**
 * Why the actor may not give this command over that; `null` when he may. Asked inside the command's transaction, so that
 * what it decides by is what it changes. `risk` counts where the table tells risks apart.
 */
export function commandRefusal(actor: Actor, command: CommandName, over: Over, risk: Risk = "none"): Refusal | null {
  const needs = needsOf(command, risk);
  if (actor.kind === "token" && needs.includes("administer")) return byPeopleOnly;
  if (needs.some((permission) => covers(actor, permission, over))) return null;
  return { code: "forbidden", detail: forbiddenWords(needs, over) };
}

/** Why a button is no use to the actor, to stand beside it: `needs the role operator over “Data”; …`. `null` when he may. */
export function blockedWords(actor: Actor, command: CommandName, over: Over, risk: Risk = "none"): string | null {
  if (commandRefusal(actor, command, over, risk) === null) return null;
  return `needs ${neededWords(needsOf(command, risk), over)}; whoever administers Pitwall can grant it`;
}

/** What was stolen with a token must end when that is revoked: so none makes accounts or other tokens. */
const byPeopleOnly: Refusal = { code: "forbidden", detail: "A token administers nothing: somebody signed in can" };

/** What a command takes, at that risk. */
export function needsOf(command: CommandName, risk: Risk): readonly Permission[] {
  const { needs }: CommandDoor = commandDoors[command];
  if (typeof needs === "string") return [needs];
  return isList(needs) ? needs : [needs[risk]];
}

/** Which role or token it takes, in words: `the role operator over “Data”`. */
export function neededWords(needs: readonly Permission[], over: Over): string {
  const where =
    over === "own" ? "" : over === "all" || over.group === null ? " over all services" : ` over “${over.group}”`;
  const [first = "administer"] = needs.filter((permission) => roleFor(permission) !== null);
  const role = roleFor(first);
  if (needs.every((permission) => roleFor(permission) === null)) {
    return `a token made for it (${needs.join(", ")})`;
  }
  return `the role ${role}${where}`;
}

function forbiddenWords(needs: readonly Permission[], over: Over): string {
  return `This needs ${neededWords(needs, over)}. Whoever administers Pitwall can grant it.`;
}

function covers(actor: Actor, permission: Permission, over: Over): boolean {
  if (over === "own") return mayAnywhere(actor, permission);
  const { only } = actor;
  if (over === "all") return only === undefined && may(actor, permission, null);
  return (only === undefined || only.includes(over.id)) && may(actor, permission, over.group);
}

function isList(needs: CommandDoor["needs"]): needs is readonly Permission[] {
  return Array.isArray(needs);
}
