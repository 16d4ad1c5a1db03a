import { seriesView } from "#lib/views/series-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

const longestMs = 800 * 86_400_000;

/** One metric over time: `key` is `metric|node|subject`, `from` and `to` epoch milliseconds, `points` how many slots. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/series", {
  GET: async ({ store, sight, params, query, now }) => {
    const { key, to = now, from = to - 3_600_000, points = 300 } = query;
    if (!(from < to && to - from <= longestMs)) {
      const detail = "from lies before to, 800 days at most.";
      return problemOf({ code: "invalid-request", detail });
    }
    return answer(await seriesView(store, sight, { serviceId: params.id, key, from, to, points }));
  },
});
