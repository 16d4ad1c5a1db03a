import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import type { CommandName } from "#lib/access/doors/commands.ts";
import { sightOf } from "#lib/access/sight.ts";
import type { Covers } from "#lib/core/planned.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import type { Refusal } from "#lib/wire/problem.ts";

type Service = Pick<ServiceRow, "id" | "group">;

/**
 * Why the actor may not give this command over all that planned work covers; `null` when he may. A node may be a member of
 * any service, so nodes take the right over all of them.
 */
export function coversRefusal(
  actor: Actor,
  command: CommandName,
  covers: Covers,
  services: readonly Service[],
): Refusal | null {
  const named = covers.services.map((id) => services.find((service) => service.id === id) ?? { id, group: null });
  const grouped = covers.groups.map((group) => ({ id: "", group }));
  const touched = [...named, ...grouped, ...(covers.nodes.length === 0 ? [] : (["all"] as const))];
  for (const over of touched) {
    const refused = commandRefusal(actor, command, over);
    if (refused !== null) return refused;
  }
  return null;
}

/** Whether anything of it can be seen by the actor. */
export function seesSome(actor: Actor, covers: Covers, services: readonly Service[]): boolean {
  const { whole, sees } = sightOf(actor);
  const named = services.filter(({ id }) => covers.services.includes(id));
  return whole || named.some(sees) || covers.groups.some((group) => sees({ group }));
}
