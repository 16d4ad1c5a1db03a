import { randomUUID } from "node:crypto";
import type { Drill as Stored } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

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
export async function lastDrills({ prepare }: Reading): Promise<Map<string, Drill>> {
  const last = `SELECT * FROM "Drill" AS "d" WHERE "id" =
    (SELECT "id" FROM "Drill" WHERE "action" = "d"."action" ORDER BY "at" DESC, "id" LIMIT 1)`;
  const rows = prepare(last).all() as Row<Stored>[];
  return new Map(
    rows.map(({ action, at, verdict, figures }) => [
      action,
      {
        action,
        at,
        verdict: verdict === "passed" ? "passed" : "failed",
        figures: JSON.parse(figures) as Record<string, number>,
      },
    ]),
  );
}
