import type { ServiceRow } from "#lib/store/services.ts";
import type { StoredState } from "#lib/store/states.ts";

/**
 * The board's rows as they were last read, with the change number they reach up to: the next reader fetches and parses only
 * what was written since. Readers come one after the other, so what is kept never runs ahead of a reader's own cut.
 */
export interface Kept {
  states: { readonly seq: number; readonly rows: ReadonlyMap<string, StoredState> };
  services: { readonly seq: number; readonly rows: readonly ServiceRow[] };
}

export function createKept(): Kept {
  return { states: { seq: -1, rows: new Map() }, services: { seq: -1, rows: [] } };
}
