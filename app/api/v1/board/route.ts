import { boardView } from "#lib/views/board-view.ts";
import { endpoints, json } from "../_http/endpoint.ts";

/** All services with status, findings and age; the first paint of the board and the door for scripts. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store, now }) => json(await boardView(store, now)),
});
