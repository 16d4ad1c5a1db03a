import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { insertPollRequest } from "#lib/store/poll-requests.ts";
import { findService } from "#lib/store/services.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface PollWanted {
  /** `null` for all services. */
  readonly serviceId: string | null;
}

/** Asks the poller for a poll now. The answer's id leads to `pollRequestView`. */
export async function requestPoll(
  store: Store,
  actor: Actor,
  input: PollWanted,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { serviceId } = input;
  const silence = await store.read((reading) => pollerSilence(reading, now));
  if (silence !== null) return err(silence);
  return await store.write(async (writing) => {
    if (serviceId !== null && (await findService(writing, serviceId)) === null) return err(noSuchService(serviceId));
    const id = randomUUID();
    await insertPollRequest(writing, { id, serviceId, requestedBy: actor.name, requestedAt: now });
    await insertAudit(writing, { at: now, actor, command: "request-poll", target: serviceId ?? "all services" });
    return ok({ id });
  });
}
