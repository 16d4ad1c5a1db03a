import { timelineView } from "#lib/views/timeline-view.ts";
import { timelineSpanMs } from "#lib/wire/queries.ts";
import { endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

const longestMs = 31 * 86_400_000;

/** What was in trouble when, and what happened. `span`: the last so many milliseconds; without anything, six hours. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/timeline", {
  GET: async ({ store, sight, query, now }) => {
    const { to = now, span = timelineSpanMs, from = to - span } = query;
    if (!(from < to && to - from <= longestMs)) {
      const detail = "from and to are epoch milliseconds, from before to, 31 days apart at most; or span, as long.";
      return problemOf({ code: "invalid-request", detail });
    }
    return json(await timelineView(store, sight, { from, to }));
  },
});
