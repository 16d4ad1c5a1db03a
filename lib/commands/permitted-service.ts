import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import type { CommandName } from "#lib/access/doors/commands.ts";
import type { Risk } from "#lib/access/doors/door.ts";
import { sightOf } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { findService, type ServiceRow } from "#lib/store/services.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * The service, if the actor may give this command over it. One that he may not even see is refused in the very words of one
 * that is not there.
 */
export async function permittedService(
  reading: Reading,
  actor: Actor,
  command: CommandName,
  id: string,
  risk?: Risk,
): Promise<Result<ServiceRow, Refusal>> {
  const service = await findService(reading, id);
  if (service === null) return err(noSuchService(id));
  const refused = commandRefusal(actor, command, service, risk);
  if (refused === null) return ok(service);
  return err(sightOf(actor).sees(service) ? refused : noSuchService(id));
}
