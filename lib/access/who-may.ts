import { commandDoors } from "#lib/access/doors/commands.ts";
import type { CommandDoor } from "#lib/access/doors/door.ts";
import { pageDoors } from "#lib/access/doors/pages.ts";
import { listDoors } from "#lib/access/doors.ts";
import { type Permission, roleFor, roles } from "#lib/access/roles.ts";

export interface WhoMayRow {
  readonly what: string;
  readonly name: string;
  /** Index of the lowest role that may; `null`: none has it. */
  readonly from: number | null;
  /** What else opens it, in words. */
  readonly otherwise: string | null;
}

/** The table of who may, told by roles instead of permissions. */
export function whoMay(): { readonly title: string; readonly rows: readonly WhoMayRow[] }[] {
  return [
    {
      title: "Doing",
      rows: Object.entries(commandDoors).map(([name, { needs, summary }]) => rowOf(name, summary, needs)),
    },
    {
      title: "Pages",
      rows: Object.entries(pageDoors).map(([name, { needs, summary }]) => rowOf(name, summary, needs)),
    },
    {
      title: "API",
      rows: listDoors().map(({ path, method, door }) => rowOf(`${method} ${path}`, door.summary, door.needs)),
    },
  ];
}

function rowOf(name: string, what: string, needs: CommandDoor["needs"]): WhoMayRow {
  const all: Permission[] = typeof needs === "string" ? [needs] : [...new Set<Permission>(Object.values(needs))];
  const earned = all.flatMap((permission) => roleFor(permission) ?? []).map((role) => roles.indexOf(role));
  const words = all.flatMap((permission) => {
    if (permission === "anyone") return ["open to anyone"];
    if (permission === "act-at-high-risk" && all.length > 1) return ["operator, where the risk is high or critical"];
    return roleFor(permission) === null ? [`a machine's token for ${permission}`] : [];
  });
  const open = all.includes("anyone");
  const from = open ? 0 : earned.length === 0 ? null : Math.min(...earned);
  return { what, name, from, otherwise: words.length === 0 ? null : words.join("; ") };
}
