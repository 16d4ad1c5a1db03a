import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresPlan } from "#lib/integrations/postgres/remedies/ask.ts";
import { lookAll } from "#lib/integrations/postgres/remedies/look.ts";
import { isOpen, readRoad, writerOf, writeThrough } from "#lib/integrations/postgres/remedies/roads.ts";

/** Exactly one node takes writes, every road leads there and takes a write, and what should follow it streams from it. */
export function movedVerification(
  config: PostgresConfig,
  primary: PostgresNodeConfig,
  followers: readonly PostgresNodeConfig[],
  which: "all of them" | "those that answer" = "all of them",
): PostgresPlan["verify"] {
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
      const writer = writerOf(context);
      if (!writer.ok) return { holds: false, evidence: writer.error.what };
      const roads = await Promise.all(
        config.roads.map(async (road) => {
          const servers = await readRoad(context, road);
          if (!servers.ok) return [`${road.name}: ${servers.error.what}`];
          const open = servers.value.filter(isOpen).map((server) => server.node);
          if (open.length !== 1 || open[0] !== primary.name)
            return [`${road.name} leads to ${open.join(", ") || "nobody"}`];
          const wrote = await writeThrough(context, road, writer.value);
          if (!wrote.ok) return [`${road.name}: ${wrote.error.what}`];
          return wrote.value.inRecovery ? [`${road.name}: the write landed on a standby`] : [];
        }),
      );
      const all = [...wrong, ...roads.flat()];
      const through = config.roads.map((road) => road.name).join(", ");
      const well = `${primary.name} takes writes${through === "" ? "" : ` through ${through}`}, ${followers.length} follow`;
      return { holds: all.length === 0, evidence: all.length === 0 ? well : all.join("; ") };
    },
  };
}
