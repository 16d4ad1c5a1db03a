import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { statusAt } from "#lib/core/freshness.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { readBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import { endMute, insertMute, type MuteKind, mutesAt } from "#lib/store/mutes.ts";
import type { ActingStore, Reading } from "#lib/store/open-store.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import { findState } from "#lib/store/states.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface MuteWanted {
  readonly kind: MuteKind;
  readonly serviceId: string;
  /** The comment of an acknowledgement, the reason of a silence. */
  readonly words: string;
  readonly forMs: number;
}

const doing = { acknowledgement: "acknowledge", silence: "silence" } as const satisfies Record<MuteKind, string>;
const told = { acknowledgement: "acknowledged", silence: "silenced" } as const satisfies Record<MuteKind, string>;

/** Takes a service's trouble upon oneself, or keeps it from alerting for a time. The new word replaces the one before. */
export async function muteService(
  store: ActingStore,
  actor: Actor,
  input: MuteWanted,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { kind, serviceId, words, forMs } = input;
  const deed = { actor, command: doing[kind], target: serviceId, serviceId, reason: words, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "mute-service", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    if (kind === "acknowledgement" && (await isWell(writing, service, now))) {
      return err({ code: "conflict", detail: `${service.name} is well: there is nothing to acknowledge` });
    }
    const before = (await mutesAt(writing, now)).filter((mute) => mute.kind === kind && mute.serviceId === serviceId);
    for (const mute of before) await endMute(writing, mute.id, now, actor.name);
    const id = randomUUID();
    await insertMute(writing, { id, kind, serviceId, words, by: actor.name, at: now, until: now + forMs });
    const text = `${service.name} ${told[kind]} for ${formatDuration(forMs)}${words === "" ? "" : `: ${words}`}`;
    await insertEvents(writing, [{ at: now, kind, serviceId, actor: actor.name, text }]);
    return done(
      { id },
      {
        ...(before.length === 0 ? {} : { before: before.map(({ words: said, until }) => ({ words: said, until })) }),
        after: { words, until: now + forMs },
      },
    );
  });
}

/** By what may be shown: of what nobody looks at any more, nobody knows that it is well. */
async function isWell(reading: Reading, { id, intervalMs }: ServiceRow, now: number): Promise<boolean> {
  const state = await findState(reading, id);
  if (state === null) return false;
  const beat = await readBeat(reading);
  return statusAt({ ...state, intervalMs }, beat?.beatAt ?? null, now).status === "ok";
}

/** Takes an acknowledgement or a silence back. When there is none, nothing happens and that is fine. */
export async function unmuteService(
  store: ActingStore,
  actor: Actor,
  input: Pick<MuteWanted, "kind" | "serviceId">,
  now: number,
): Promise<Result<{ readonly ended: number }, Refusal>> {
  const { kind, serviceId } = input;
  const deed = { actor, command: `end-${doing[kind]}`, target: serviceId, serviceId, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "unmute-service", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const open = (await mutesAt(writing, now)).filter((mute) => mute.kind === kind && mute.serviceId === serviceId);
    if (open.length === 0) return unchanged({ ended: 0 });
    for (const mute of open) await endMute(writing, mute.id, now, actor.name);
    const text = `${service.name} is no longer ${told[kind]}`;
    await insertEvents(writing, [{ at: now, kind, serviceId, actor: actor.name, text }]);
    return done({ ended: open.length }, { before: open.map(({ words, until }) => ({ words, until })) });
  });
}
