import { createHash } from "node:crypto";
import { type MaintenanceWindow, occurrencesAround } from "#lib/core/maintenance.ts";
import {
  insertMaintenance,
  type NewMaintenance,
  openMaintenance,
  patchMaintenance,
  takeBackEnd,
} from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Writes down the stretches of planned work that the configuration's windows come to: the one that holds, and the next. */
export interface Planner {
  /** From now on these windows count; what only others planned is called off. */
  readonly plan: (windows: readonly MaintenanceWindow[]) => void;
  readonly step: () => Promise<void>;
}

interface Planned {
  readonly window: MaintenanceWindow;
  /** Tells one window from another, and a changed one from what it was. */
  readonly key: string;
  /** When its next stretch begins, and the one after that is to be found. */
  dueAt: number;
}

/** The latest time a Date can hold. */
const endOfTime = 8_640_000_000_000_000;
/** Who plans, where no person does. */
const configuration = "configuration";

export function createPlanner(store: Store, now: () => number): Planner {
  let windows: readonly Planned[] = [];
  let called = true;

  return {
    plan: (wanted) => {
      windows = wanted.map((window) => ({ window, key: keyOf(window), dueAt: Number.NEGATIVE_INFINITY }));
      called = false;
    },
    step: async () => {
      const at = now();
      const due = windows.filter((window) => window.dueAt <= at);
      if (due.length === 0 && called) return;
      const found = due.map((planned) => ({ planned, ...occurrencesAround(planned.window, at) }));
      const rows = found.flatMap(({ planned, current, next }) =>
        [current, next].flatMap((span) => (span === null ? [] : [rowOf(planned, span)])),
      );
      const keys = new Set(windows.map((window) => window.key));
      await store.write(async (writing) => {
        await insertMaintenance(writing, rows);
        if (called) return;
        // A window that left the configuration and is back: an edit that was undone, for instance.
        const ids = rows.map((row) => row.id);
        await takeBackEnd(writing, ids, configuration);
        const open = await openMaintenance(writing, at, endOfTime);
        for (const { id, origin, windowKey } of open) {
          if (origin !== "config" || keys.has(windowKey ?? "")) continue;
          await patchMaintenance(writing, id, { endedAt: at, endedBy: configuration });
        }
      });
      called = true;
      for (const { planned, next } of found) planned.dueAt = next?.from ?? Number.POSITIVE_INFINITY;
    },
  };
}

function keyOf(window: MaintenanceWindow): string {
  return createHash("sha256").update(JSON.stringify(window)).digest("hex").slice(0, 20);
}

function rowOf(
  { window, key }: Planned,
  { from, until }: { readonly from: number; readonly until: number },
): NewMaintenance {
  const { covers, note } = window;
  const id = `${key}-${from}`;
  return { id, origin: "config", windowKey: key, covers, note, from, until, by: configuration, toldAt: null };
}
