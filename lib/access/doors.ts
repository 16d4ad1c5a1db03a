import { account } from "#lib/access/doors/account.ts";
import { administering } from "#lib/access/doors/administering.ts";
import type { Door, Doors, Method } from "#lib/access/doors/door.ts";
import { machines } from "#lib/access/doors/machines.ts";
import { tending } from "#lib/access/doors/tending.ts";
import { watching } from "#lib/access/doors/watching.ts";

/** The one table of who may: every address of the API, under the name of its folder below `app`. */
export const doors = merged(watching, { ...tending, ...account }, machines, administering);

export type DoorPath = keyof typeof doors;
export type DoorsAt<P extends DoorPath> = (typeof doors)[P];

/** All rows, sorted by address. */
export function listDoors(): readonly { readonly path: DoorPath; readonly method: Method; readonly door: Door }[] {
  const paths = Object.keys(doors).sort() as DoorPath[];
  return paths.flatMap((path) => {
    const at: Readonly<Partial<Record<Method, Door>>> = doors[path];
    return (Object.entries(at) as [Method, Door][]).map(([method, door]) => ({ path, method, door }));
  });
}

type Merged<A, B, C, D> = {
  readonly [P in keyof A | keyof B | keyof C | keyof D]: (P extends keyof A ? A[P] : unknown) &
    (P extends keyof B ? B[P] : unknown) &
    (P extends keyof C ? C[P] : unknown) &
    (P extends keyof D ? D[P] : unknown);
};

/** One address may be looked at by one part's rule and written to by another's. */
function merged<A extends Doors, B extends Doors, C extends Doors, D extends Doors>(
  ...parts: readonly [A, B, C, D]
): Merged<A, B, C, D> {
  const all: Record<string, Readonly<Partial<Record<Method, Door>>>> = {};
  for (const part of parts) for (const [path, at] of Object.entries(part)) all[path] = { ...all[path], ...at };
  return all as Merged<A, B, C, D>;
}
