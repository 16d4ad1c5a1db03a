import { type Sight, wholeSight } from "#lib/access/sight.ts";
import { postMarker } from "#lib/commands/post-marker.ts";
import { ok } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { boardJson } from "#lib/views/board-json.ts";
import { boardView } from "#lib/views/board-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { answer, endpoints } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";
import { frameStream } from "./frame-stream.ts";
import { createFrameWatcher, type FrameSource, type FrameWatcher } from "./frame-watcher.ts";
import { noLongerMay } from "./no-longer-may.ts";

/** One for all listeners of this process who see the same services; it sleeps while nobody listens. */
const watchers = new Map<string, { readonly source: FrameSource; readonly watcher: FrameWatcher }>();

/**
 * Everything that changes, as server-sent events named `frame`, whose id is the store's change number. A listener that was
 * away names the last one it knows (`Last-Event-ID`, or `?since=` on a first connection) and gets the difference. What is
 * sent here is a marker of the timeline: a deploy, a change of configuration, a note.
 */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/events", {
  GET: async ({ request, query, store, sight }) => {
    const told = request.headers.get("last-event-id") ?? query.since ?? "0";
    if (!/^\d{1,15}$/.test(told))
      return problemOf({ code: "invalid-request", detail: "since must be a change number." });
    const watched = watchers.get(sight.key) ?? watch(store, sight);
    watchers.set(sight.key, watched);
    const signal = AbortSignal.any([request.signal, noLongerMay(store, request, sight)]);
    return new Response(frameStream(watched.watcher, watched.source, Number(told), signal), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
        // nginx holds answers back otherwise.
        "x-accel-buffering": "no",
      },
    });
  },
  POST: async ({ store, actor, body, now }) => {
    const posted = await postMarker(store, actor, body, now);
    return posted.ok ? answer(ok(posted.value.marker), posted.value.created ? 201 : 200) : answer(posted);
  },
});

function watch(store: Store, sight: Sight): { readonly source: FrameSource; readonly watcher: FrameWatcher } {
  let nothing: { readonly version: number; readonly seq: number } | null = null;
  const source: FrameSource = {
    since: async (seq) => {
      const version = store.version();
      if (nothing !== null && nothing.version === version && seq >= nothing.seq) return null;
      const frame = await frameSince(store, sight, seq, Date.now());
      if (frame === null) nothing = { version, seq };
      return frame;
    },
    happened: store.happened,
    readAhead: () => readAhead(store),
    pulse: async (seq) => {
      // What was written since it was asked for is the next frame's news: its number must not be taken here.
      return { ...(await boardView(store, sight, Date.now())), seq, services: [], removed: [], runs: [] };
    },
  };
  const onFailing = (cause: unknown) => console.error("the event stream cannot read the store", cause);
  return { source, watcher: createFrameWatcher({ source, now: () => Date.now(), onFailing }) };
}

let ahead: number | null = null;

/** What all watchers tell is cut from the same services, so one of them reads and spells out what is new. */
async function readAhead(store: Store): Promise<void> {
  const version = store.version();
  if (version === ahead) return;
  ahead = version;
  boardJson(await boardView(store, wholeSight, Date.now()));
}
