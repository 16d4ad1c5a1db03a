import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { insertPollRequest } from "#lib/store/poll-requests.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface PollWanted {
  /** `null` for all services. */
  readonly serviceId: string | null;
}

/** Asks the poller for a poll now. The answer's id leads to `pollRequestView`. */
export async function requestPoll(
  store: ActingStore,
  actor: Actor,
  input: PollWanted,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { serviceId } = input;
  const about = serviceId === null ? { target: "all services" } : { target: serviceId, serviceId };
  const deed = { actor, command: "request-poll", ...about, at: now };
  const silence = await store.read((reading) => pollerSilence(reading, now));
  if (silence !== null) return await store.refuse(deed, silence);
  return await store.act(deed, async (writing) => {
    const refused = await whyNot(writing, actor, serviceId);
    if (refused !== null) return err(refused);
    const id = randomUUID();
    await insertPollRequest(writing, { id, serviceId, requestedBy: actor.name, requestedAt: now });
    return done({ id });
  });
}

async function whyNot(writing: Writing, actor: Actor, serviceId: string | null): Promise<Refusal | null> {
  if (serviceId === null) return commandRefusal(actor, "request-poll", "all");
  const permitted = await permittedService(writing, actor, "request-poll", serviceId);
  return permitted.ok ? null : permitted.error;
}
