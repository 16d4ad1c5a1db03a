import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresCheck, PostgresPlan } from "#lib/integrations/postgres/remedies/ask.ts";
import { managersCheck } from "#lib/integrations/postgres/remedies/managers-check.ts";
import { movedVerification } from "#lib/integrations/postgres/remedies/moved.ts";
import { patroniCheck, patroniStep } from "#lib/integrations/postgres/remedies/patroni-steps.ts";
import type { Move } from "#lib/integrations/postgres/remedies/road.ts";
import { roadChecks, roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";

/**
 * A switchover or a failover where Patroni keeps the cluster: by its own door, for two that move a primary make two primaries.
 * Pitwall checks before, holds the clients of poolers, leads them on, and proves the end by a write.
 */
export function patroniPlan(
  config: PostgresConfig,
  move: Move,
  what: "switchover" | "failover",
  checks: readonly PostgresCheck[],
): PostgresPlan {
  const { from, to } = move;
  const roads = roadsOf(config);
  const waiting = roads.filter((road) => road.release !== null);
  const followers = config.nodes.filter((node) => node !== to);
  const title = what === "switchover" ? "Switch over" : "Fail over";
  return {
    title: `${title} from ${from.name} to ${to.name} by Patroni`,
    effect: `Patroni is asked to make ${to.name} the leader, and does it in its own way and time. Writes stop meanwhile; open transactions are rolled back and clients have to connect again.`,
    touches: [...config.nodes.map((node) => `${node.name} / role`), ...roads.map((road) => road.touches)],
    node: from.name,
    heals: false,
    preflight: [
      patroniCheck(move, what),
      ...checks,
      ...roadChecks(roads, move, what === "switchover" ? "lead there" : "be anything"),
      managersCheck(what, move, "patroni"),
    ],
    steps: [
      ...waiting.map((road) => road.shut(from, what === "switchover" ? "when free" : "at once")),
      patroniStep(move, what),
      ...roads.toReversed().map((road) => road.open(to)),
    ],
    finally: waiting.flatMap((road) => road.release?.() ?? []),
    verify: movedVerification(config, to, followers, what === "switchover" ? "all of them" : "those that answer"),
  };
}
