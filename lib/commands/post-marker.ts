import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { err, type Result } from "#lib/core/result.ts";
import { type Acted, done, type Refused, unchanged } from "#lib/store/act.ts";
import { findEventByKey, insertMarker, type NewEvent } from "#lib/store/events.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { findService } from "#lib/store/services.ts";
import type { MarkerDto, markerRequest } from "#lib/wire/marker.ts";
import { deployPhases } from "#lib/wire/marker.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** The sender's clock may be a little ahead of this one's. */
const aheadMs = 60_000;
/** Events are kept for 400 days; an older marker would be gone at once. */
const oldestMs = 400 * 86_400_000;

export interface Posted {
  readonly marker: MarkerDto;
  /** `false` when its sender had sent it before. */
  readonly created: boolean;
}

/**
 * Puts a marker on the timeline for whoever holds a token of the events door. The same `id` again is the same marker: a
 * pipeline may repeat what it got no answer to. Another marker under a used `id` is refused.
 */
export async function postMarker(
  store: ActingStore,
  actor: Actor,
  input: z.output<typeof markerRequest>,
  now: number,
): Promise<Result<Posted, Refusal>> {
  const { kind, phase = null, service = null, link = null, by, id = null } = input;
  const text = phase === null ? input.title : `${input.title}${deployPhases[phase]}`;
  const at = input.at ?? now;
  if (at > now + aheadMs || at < now - oldestMs) return err(invalid("at", "lies in the future or over 400 days back"));
  const from = by ?? `${actor.name} token`;
  const marker = { at, kind, text, serviceId: service, actor: from, link, key: id, state: phase };
  const about = service === null ? { target: "all" } : { target: service, serviceId: service };
  const deed = { actor, command: "post-marker", ...about, at: now };
  return await store.act(deed, (writing) => keep(writing, actor, marker));
}

async function keep(
  writing: Writing,
  actor: Actor,
  marker: NewEvent & { readonly serviceId: string | null; readonly key: string | null },
): Promise<Acted<Posted> | Refused> {
  const service = marker.serviceId === null ? null : await findService(writing, marker.serviceId);
  const refused = commandRefusal(actor, "post-marker", service ?? "all");
  // Of a service that the token is not for, it does not tell whether there is one.
  if (marker.serviceId !== null && (service === null || (refused !== null && actor.only !== undefined))) {
    return err(invalid("service", `no service has the id ${marker.serviceId}`));
  }
  if (refused !== null) return err(refused);
  const before = marker.key === null ? null : await findEventByKey(writing, marker.key);
  if (before !== null) {
    const same = before.kind === marker.kind && before.text === marker.text && before.serviceId === marker.serviceId;
    if (same) return unchanged({ marker: dtoOf(before), created: false });
    return err({ code: "idempotency-key-reused", detail: `The id ${marker.key} was used for another marker.` });
  }
  const event = await insertMarker(writing, marker);
  const after = { at: marker.at, kind: marker.kind, title: marker.text, link: marker.link, by: marker.actor };
  return done({ marker: dtoOf(event), created: true }, { after });
}

function invalid(path: string, message: string): Refusal {
  return { code: "invalid-request", detail: `${path} ${message}.`, errors: [{ path, message }] };
}

function dtoOf({ id, at, kind, text, serviceId }: TimelineEvent): MarkerDto {
  return { id, at, kind: kind as MarkerDto["kind"], title: text, service: serviceId };
}
