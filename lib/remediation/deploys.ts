import { formatDuration } from "#lib/core/duration.ts";
import { listEvents } from "#lib/store/events.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { deployPhases } from "#lib/wire/marker.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** A deploy that was told of this short a time ago may still go on. */
const mayGoOnMs = 5 * 60_000;
/** One that began and did not tell its end is taken to be over after so long: its pipeline died. */
const longestMs = 60 * 60_000;

type Deploy = Pick<TimelineEvent, "at" | "serviceId" | "text" | "actor" | "state">;

/** All that could still be going on, newest first. */
export async function readDeploys(reading: Reading, now: number): Promise<TimelineEvent[]> {
  return await listEvents(reading, { from: now - longestMs, to: now, limit: 200, kinds: ["deploy"] });
}

/**
 * The deploy that goes on at a service, or at all of them, in words with its age; `null` when there is none. `deploys`: newest
 * first. One that told its beginning goes on until it tells its end; of one that told neither nobody knows. Pure.
 */
export function deployGoingOn(deploys: readonly Deploy[], serviceId: string, now: number): string | null {
  const ended = new Set<string>();
  for (const deploy of deploys) {
    const { at, state } = deploy;
    if (deploy.serviceId !== null && deploy.serviceId !== serviceId) continue;
    const key = keyOf(deploy);
    if (state === "ended") ended.add(key);
    else if (!ended.has(key)) {
      if (state === "begun" && now - at <= longestMs) return words(deploy, now, "and nothing told that it ended");
      if (state !== "begun" && now - at <= mayGoOnMs) return words(deploy, now, "and may still go on");
    }
  }
  return null;
}

function words({ text, actor, at }: Deploy, now: number, then: string): string {
  return `${text}${actor === null ? "" : `, by ${actor}`}, ${formatDuration(now - at)} ago, ${then}`;
}

function keyOf({ serviceId, state, text }: Deploy): string {
  const suffix = state === "begun" || state === "ended" ? deployPhases[state] : "";
  return `${serviceId ?? ""} ${text.slice(0, text.length - suffix.length)}`;
}
