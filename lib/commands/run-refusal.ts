import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import type { CommandName } from "#lib/access/doors/commands.ts";
import { sightOf } from "#lib/access/sight.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { RunRow } from "#lib/store/runs.ts";
import { listEveryService } from "#lib/store/services.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Why the actor may not give this command over that run, by its service and its risk; `null` when he may. */
export async function runRefusal(
  reading: Reading,
  actor: Actor,
  command: CommandName,
  run: Pick<RunRow, "id" | "serviceId" | "risk">,
): Promise<Refusal | null> {
  // The configuration may have dropped the service since; its group is kept.
  const service = (await listEveryService(reading)).find(({ id }) => id === run.serviceId);
  const over = service ?? { id: run.serviceId, group: null };
  const refused = commandRefusal(actor, command, over, run.risk);
  if (refused === null) return null;
  return sightOf(actor).sees(over) ? refused : noSuchRun(run.id);
}
