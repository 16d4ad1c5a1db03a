import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresCheck } from "#lib/integrations/postgres/remedies/ask.ts";
import { warn } from "#lib/integrations/postgres/remedies/ask.ts";
import { balancerRoad } from "#lib/integrations/postgres/remedies/balancer-road.ts";
import { poolerRoad } from "#lib/integrations/postgres/remedies/pooler-road.ts";
import type { Move, Road } from "#lib/integrations/postgres/remedies/road.ts";

/**
 * Every way of the clients, in the order in which they are shut: the clients of a pooler wait and those of a balancer are cut,
 * so a pooler that leads to a balancer is held first. They are opened the other way round.
 */
export function roadsOf(config: Pick<PostgresConfig, "roads" | "poolers" | "database">): readonly Road[] {
  return [...config.poolers.map(poolerRoad), ...config.roads.map((road) => balancerRoad(road, config.database))];
}

/** Every road can be moved, and leads where it should: a check for each of them. */
export function roadChecks(
  roads: readonly Road[],
  move: Move,
  fromMust: "lead there" | "be anything",
): readonly PostgresCheck[] {
  if (roads.length === 0) {
    const run = async () => warn("none is configured: clients have to find the new primary by themselves");
    return [{ id: "roads", title: "Every way of the clients can be moved", run }];
  }
  return roads.map((road) => ({
    id: `road-${road.name}`,
    title: `${road.name} can be moved`,
    run: (context) => road.check(context, move, fromMust),
  }));
}
