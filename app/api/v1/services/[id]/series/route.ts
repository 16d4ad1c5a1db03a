import { seriesView } from "#lib/views/series-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

const longestMs = 800 * 86_400_000;
const mostPoints = 2_000;

/** One metric over time: `key` is `metric|node|subject`, `from` and `to` epoch milliseconds, `points` how many slots. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store, params, url, now }) => {
    const number = (name: string, otherwise: number) => {
      const text = url.searchParams.get(name);
      return text === null ? otherwise : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    };
    const key = url.searchParams.get("key") ?? "";
    const to = number("to", now);
    const from = number("from", to - 3_600_000);
    const points = number("points", 300);
    const isAsked = from < to && to - from <= longestMs && points >= 1 && points <= mostPoints;
    if (key === "" || key.length > 500 || !isAsked) {
      const detail = `key is metric|node|subject; from and to are epoch milliseconds, from before to; points 1 to ${mostPoints}.`;
      return problemOf({ code: "invalid-request", detail });
    }
    return answer(await seriesView(store, { serviceId: params.id ?? "", key, from, to, points }));
  },
});
