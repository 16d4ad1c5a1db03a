import type { Actor } from "#lib/access/actor.ts";
import type { CommandName } from "#lib/access/doors/commands.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { findSession, type SessionRow } from "#lib/store/runbooks.ts";
import { noSuchSession } from "#lib/views/runbook-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** An open following of a runbook, if the actor may give this command over its service. */
export async function permittedSession(
  reading: Reading,
  actor: Actor,
  command: CommandName,
  id: string,
): Promise<Result<SessionRow, Refusal>> {
  const session = await findSession(reading, id);
  if (session === null) return err(noSuchSession(id));
  const permitted = await permittedService(reading, actor, command, session.serviceId);
  if (!permitted.ok) return permitted.error.code === "not-found" ? err(noSuchSession(id)) : permitted;
  if (session.finishedAt === null) return ok(session);
  return err({ code: "conflict", detail: `${session.finishedBy} finished this runbook already` });
}
