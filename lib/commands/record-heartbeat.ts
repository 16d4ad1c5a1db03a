import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, recorded } from "#lib/store/act.ts";
import { insertHeartbeat, lastSender } from "#lib/store/heartbeats.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { findService } from "#lib/store/services.ts";
import { type HeartbeatDto, type HeartbeatRequest, saidBy } from "#lib/wire/heartbeat.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Keeps what a job says of itself, for whoever holds a token for heartbeats of that service; the poller judges it at once.
 * A job reports thousands of times, and each report is in the history of its service; the audit log tells when they begin to
 * come by another token or from another address.
 */
export async function recordHeartbeat(
  store: ActingStore,
  actor: Actor,
  input: HeartbeatRequest & { readonly serviceId: string },
  now: number,
): Promise<Result<HeartbeatDto, Refusal>> {
  const { serviceId, exitCode = null, durationMs = null, run = null, message = null, log = null } = input;
  const says = saidBy(input);
  const deed = { actor, command: "record-heartbeat", target: serviceId, serviceId, at: now };
  return await store.act(deed, async (writing) => {
    const refused = await whyNot(writing, actor, serviceId);
    if (refused !== null) return err(refused);
    const before = await lastSender(writing, serviceId);
    const sender = { tokenName: actor.name, from: actor.from };
    await insertHeartbeat(writing, { serviceId, at: now, says, run, exitCode, durationMs, message, log, ...sender });
    const told = { service: serviceId, at: now, says, run };
    if (before?.tokenName === sender.tokenName && before.from === sender.from) return recorded(told);
    return done(told, { before: before ?? undefined, after: sender });
  });
}

async function whyNot(writing: Writing, actor: Actor, serviceId: string): Promise<Refusal | null> {
  const service = await findService(writing, serviceId);
  // Of a service that the token is not for, it does not tell whether there is one.
  if (service === null || commandRefusal(actor, "record-heartbeat", service) !== null) {
    return {
      code: "not-found",
      detail: `There is no service ${serviceId.slice(0, 100)} that this token may report for.`,
    };
  }
  if (service.expectedSince !== undefined) return null;
  return { code: "conflict", detail: `${service.name} does not report itself: Pitwall asks it.` };
}
