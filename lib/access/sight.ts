import { type Holder, may, type Permission } from "#lib/access/roles.ts";

/** Which services somebody may see. */
export interface Sight {
  /** All of them, those of past days and those without a group included. */
  readonly whole: boolean;
  readonly sees: (service: { readonly group: string | null }) => boolean;
  /** The same for those who see the same: what is made for one of them may be told to all. */
  readonly key: string;
}

/** What Pitwall itself sees, and whoever has a role over everything. */
export const wholeSight: Sight = { whole: true, sees: () => true, key: "*" };

/** What the holder may see; with another permission, the part of it over which he has that one. */
export function sightOf(holder: Holder, permission: Permission = "look"): Sight {
  if (permission === "look" && holder.watches !== undefined) return watchedSight(holder.watches.group);
  if (may(holder, permission, null)) return wholeSight;
  const granted = [...new Set(holder.grants.flatMap(({ group }) => group ?? []))];
  const groups = granted.filter((group) => may(holder, permission, group));
  const seen = new Set(groups);
  return {
    whole: false,
    sees: ({ group }) => group !== null && seen.has(group),
    key: JSON.stringify(groups.sort()),
  };
}

function watchedSight(watched: string | null): Sight {
  if (watched === null) return wholeSight;
  return { whole: false, sees: ({ group }) => group === watched, key: JSON.stringify([watched]) };
}
