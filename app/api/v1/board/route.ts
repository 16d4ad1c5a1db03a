import { mayAnywhere } from "#lib/access/roles.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { boardJson } from "#lib/views/board-json.ts";
import { boardView } from "#lib/views/board-view.ts";
import { endpoints, json, jsonBytes } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

/** Another machine's clock may be a little ahead of this one's. */
const aheadMs = 5_000;

/** All services with status, findings and age; the first paint of the board and the door for scripts. `?at=`: as it was then. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/board", {
  GET: async ({ store, actor, sight, query: { at }, now }) => {
    if (at === undefined) return jsonBytes(boardJson(await boardView(store, sight, now)));
    if (!mayAnywhere(actor, "look"))
      return problemOf({ code: "forbidden", detail: "A wall shows what is, not what was." });
    if (at > now + aheadMs) return problemOf({ code: "invalid-request", detail: "at lies in the future." });
    return json(await boardAt(store, sight, at));
  },
});
