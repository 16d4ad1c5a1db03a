import { changesView } from "#lib/views/changes-view.ts";
import { changesMinutes } from "#lib/wire/changes.ts";
import { endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";
import { timeOf, timeWords } from "../_http/time.ts";

/** What changed before a moment. Without `at`: before now; without `minutes`: in the last 15. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store, url, now }) => {
    const told = url.searchParams.get("at");
    const at = told === null ? now : timeOf(told);
    if (at === null) return problemOf({ code: "invalid-request", detail: `at is ${timeWords}.` });
    const minutes = Number(url.searchParams.get("minutes") ?? changesMinutes.usual);
    if (!(minutes > 0 && minutes <= changesMinutes.most)) {
      return problemOf({ code: "invalid-request", detail: `minutes is a number from 1 to ${changesMinutes.most}.` });
    }
    const serviceId = url.searchParams.get("service");
    return json(await changesView(store, { at, minutes, ...(serviceId === null ? {} : { serviceId }) }));
  },
});
