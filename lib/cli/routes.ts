import { commandDoors } from "#lib/access/doors/commands.ts";
import type { CommandDoor } from "#lib/access/doors/door.ts";
import { pageDoors } from "#lib/access/doors/pages.ts";
import { listDoors } from "#lib/access/doors.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

interface Row {
  readonly what: "route" | "page" | "command";
  readonly name: string;
  readonly needs: string;
  readonly on?: string;
  readonly limit?: string;
  readonly summary: string;
}

/** `pitwall routes`: the table of who may, for people or as JSON. */
export function routes({ say }: Surroundings, { json = false }: { readonly json?: boolean }): number {
  const rows = [...routeRows(), ...pageRows(), ...commandRows()];
  if (json) {
    say(JSON.stringify(rows, null, 2));
    return 0;
  }
  const widest = (cell: (row: Row) => string) => Math.max(...rows.map((row) => cell(row).length));
  const [name, needs] = [widest((row) => row.name), widest((row) => row.needs)];
  for (const row of rows)
    say(`${row.what.padEnd(8)} ${row.name.padEnd(name)}  ${row.needs.padEnd(needs)}  ${row.summary}`);
  return 0;
}

function routeRows(): Row[] {
  return listDoors().map(({ path, method, door: { needs, on, limit, summary } }) => ({
    what: "route",
    name: `${method} ${path}`,
    needs: wordsOf(needs),
    on,
    limit,
    summary,
  }));
}

function pageRows(): Row[] {
  return Object.entries(pageDoors).map(([name, { needs, summary }]) => ({ what: "page", name, needs, summary }));
}

function commandRows(): Row[] {
  return Object.entries(commandDoors).map(([name, { needs, summary }]) => ({
    what: "command",
    name,
    needs: wordsOf(needs),
    summary,
  }));
}

function wordsOf(needs: CommandDoor["needs"]): string {
  if (typeof needs === "string") return needs;
  return [...new Set<string>(Object.values(needs))].join(" or ");
}
