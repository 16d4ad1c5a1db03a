import { postMarker } from "#lib/commands/post-marker.ts";
import { ok } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { boardView } from "#lib/views/board-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { answer, endpoints } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";
import { frameStream } from "./frame-stream.ts";
import { createFrameWatcher, type FrameSource, type FrameWatcher } from "./frame-watcher.ts";

/** One for all listeners of this process; it sleeps while nobody listens. */
let watched: { readonly source: FrameSource; readonly watcher: FrameWatcher } | undefined;

/**
 * Everything that changes, as server-sent events named `frame`, whose id is the store's change number. A listener that was
 * away names the last one it knows (`Last-Event-ID`, or `?since=` on a first connection) and gets the difference. What is
 * sent here is a marker of the timeline: a deploy, a change of configuration, a note.
 */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/events", {
  GET: async ({ request, query, store }) => {
    const told = request.headers.get("last-event-id") ?? query.since ?? "0";
    if (!/^\d{1,15}$/.test(told))
      return problemOf({ code: "invalid-request", detail: "since must be a change number." });
    watched ??= watch(store);
    return new Response(frameStream(watched.watcher, watched.source, Number(told), request.signal), {
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

function watch(store: Store): NonNullable<typeof watched> {
  let nothing: { readonly version: number; readonly seq: number } | null = null;
  const source: FrameSource = {
    since: async (seq) => {
      const version = store.version();
      if (nothing !== null && nothing.version === version && seq >= nothing.seq) return null;
      const frame = await frameSince(store, seq, Date.now());
      if (frame === null) nothing = { version, seq };
      return frame;
    },
    happened: store.happened,
    pulse: async (seq) => {
      // What was written since it was asked for is the next frame's news: its number must not be taken here.
      return { ...(await boardView(store, Date.now())), seq, services: [], removed: [], runs: [] };
    },
  };
  const onFailing = (cause: unknown) => console.error("the event stream cannot read the store", cause);
  return { source, watcher: createFrameWatcher({ source, now: () => Date.now(), onFailing }) };
}
