import { registry } from "#lib/integrations/registry.ts";

/** Ids of the actions of each kind. */
export type ActionIds = ReadonlyMap<string, readonly string[]>;

/** Of all kinds. A kind's actions are only there asynchronously, so they are asked for once, when this is loaded. */
export const actionIds: ActionIds = new Map(
  await Promise.all(
    Object.entries(registry).map(async ([kind, { actions }]) => [kind, (await actions()).map(({ id }) => id)] as const),
  ),
);
