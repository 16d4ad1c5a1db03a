import { changesView } from "#lib/views/changes-view.ts";
import { changesMinutes } from "#lib/wire/changes.ts";
import { endpoints, json } from "../_http/endpoint.ts";

/** What changed before a moment. Without `at`: before now; without `minutes`: in the last 15. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/changes", {
  GET: async ({ store, sight, query, now }) => {
    const { at = now, minutes = changesMinutes.usual, service } = query;
    return json(
      await changesView(store, sight, { at, minutes, ...(service === undefined ? {} : { serviceId: service }) }),
    );
  },
});
