import { may } from "#lib/access/roles.ts";
import { readyView } from "#lib/views/ready-view.ts";
import { endpoints, json } from "../../_http/endpoint.ts";

/** Whether what Pitwall shows is current: store readable, poller alive, with the age of its last sign of life. 503 when not. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/health/ready", {
  GET: async ({ store, actor, now }) => {
    const ready = await readyView(store, actor !== null && may(actor, "look", null), now);
    return json(ready, ready.ready ? 200 : 503);
  },
});
