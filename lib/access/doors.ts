import type { Door, Doors, Method } from "#lib/access/doors/door.ts";
import { machines } from "#lib/access/doors/machines.ts";
import { tending } from "#lib/access/doors/tending.ts";
import { watching } from "#lib/access/doors/watching.ts";

/** The one table of who may: every address of the API, under the name of its folder below `app`. */
export const doors = merged(watching, tending, machines);

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

type Merged<A, B, C> = {
  readonly [P in keyof A | keyof B | keyof C]: (P extends keyof A ? A[P] : unknown) &
    (P extends keyof B ? B[P] : unknown) &
    (P extends keyof C ? C[P] : unknown);
};

/** One address may be looked at by one part's rule and written to by another's. */
function merged<A extends Doors, B extends Doors, C extends Doors>(a: A, b: B, c: C): Merged<A, B, C> {
  const all: Record<string, Readonly<Partial<Record<Method, Door>>>> = {};
  for (const part of [a, b, c]) for (const [path, at] of Object.entries(part)) all[path] = { ...all[path], ...at };
  return all as Merged<A, B, C>;
}
