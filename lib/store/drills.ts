import { randomUUID } from "node:crypto";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** What an action did when it was last tried out on purpose. */
export interface Drill {
  /** Id of the action, as its kind offers it: `switchover`. */
  readonly action: string;
  readonly at: number;
  readonly verdict: "passed" | "failed";
  /** What was measured, by name: `lost`, `maxGapMs`. */
  readonly figures: Readonly<Record<string, number>>;
}

export async function insertDrill({ db }: Writing, drill: Drill): Promise<void> {
  const { action, at, verdict, figures } = drill;
  await db.drill.create({
    data: { id: randomUUID(), action, at: new Date(at), verdict, figures: JSON.stringify(figures) },
  });
}

/** The last drill of each action. */
export async function lastDrills({ db }: Reading): Promise<Map<string, Drill>> {
  const rows = await db.drill.findMany({ orderBy: { at: "desc" }, distinct: ["action"] });
  return new Map(
    rows.map(({ action, at, verdict, figures }) => [
      action,
      {
        action,
        at: at.getTime(),
        verdict: verdict === "passed" ? "passed" : "failed",
        figures: JSON.parse(figures) as Record<string, number>,
      },
    ]),
  );
}
