import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking, PostgresPlan } from "#lib/integrations/postgres/remedies/ask.ts";
import { lookAll } from "#lib/integrations/postgres/remedies/look.ts";
import type { Road } from "#lib/integrations/postgres/remedies/road.ts";
import { roadsOf } from "#lib/integrations/postgres/remedies/roads.ts";
import { writeThrough } from "#lib/integrations/postgres/remedies/write-proof.ts";

/** Exactly one node takes writes, every road leads there and takes a write, and what should follow it streams from it. */
export function movedVerification(
  config: PostgresConfig,
  primary: PostgresNodeConfig,
  followers: readonly PostgresNodeConfig[],
  which: "all of them" | "those that answer" = "all of them",
): PostgresPlan["verify"] {
  const roads = roadsOf(config);
  return {
    title: `${primary.name} alone takes writes, by every way of the clients, and the others follow it`,
    consecutive: 3,
    everyMs: 500,
    timeoutMs: 60_000,
    probe: async (context) => {
      const looked = await lookAll(context);
      const writable = looked.filter(({ seen }) => seen.ok && !seen.value.inRecovery).map(({ node }) => node.name);
      const wrong = [
        ...(writable.length === 1 && writable[0] === primary.name
          ? []
          : [`takes writes: ${writable.join(", ") || "nobody"}`]),
        ...looked.flatMap(({ node, seen }) => {
          if (!followers.some((each) => each.name === node.name)) return [];
          if (!seen.ok) return which === "all of them" ? [`${node.name}: ${seen.error.what}`] : [];
          return seen.value.receiver?.status === "streaming" ? [] : [`${node.name} does not stream`];
        }),
      ];
      const ways = await Promise.all(roads.map((road) => wrongOf(context, road, primary)));
      const all = [...wrong, ...ways.flat()];
      const through = roads.map((road) => road.name).join(", ");
      const well = `${primary.name} takes writes${through === "" ? "" : ` through ${through}`}, ${followers.length} follow`;
      return { holds: all.length === 0, evidence: all.length === 0 ? well : all.join("; ") };
    },
  };
}

/** What is wrong with a road; nothing, mostly. One that leads to another road names no node itself. */
async function wrongOf(context: Asking, road: Road, primary: PostgresNodeConfig): Promise<readonly string[]> {
  const led = await road.leadsTo(context);
  if (!led.ok) return [`${road.name}: ${led.error.what}`];
  const elsewhere = led.value.filter((name) => name !== primary.name);
  if (elsewhere.length > 0) return [`${road.name} leads to ${led.value.join(", ")}`];
  const wrote = await Promise.all(road.entrances.map((entrance) => writeThrough(context, entrance)));
  return wrote.flatMap((one) => {
    if (!one.ok) return [`${road.name}: ${one.error.what}`];
    return one.value.inRecovery ? [`${road.name}: the write landed on a standby`] : [];
  });
}
