import { mayAnywhere } from "#lib/access/roles.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { createReadyBoard, type ReadyBoard } from "#lib/views/ready-board.ts";
import { endpoints, json, jsonBytes } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

/** Another machine's clock may be a little ahead of this one's. */
const aheadMs = 5_000;

/** One for all who ask this process. */
let ready: ReadyBoard | undefined;

/** All services with status, findings and age; the first paint of the board and the door for scripts. `?at=`: as it was then. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/board", {
  GET: async ({ store, actor, sight, query: { at }, now }) => {
    if (at === undefined) {
      ready ??= createReadyBoard({ store, now: Date.now });
      return jsonBytes(await ready.json(sight));
    }
    if (!mayAnywhere(actor, "look"))
      return problemOf({ code: "forbidden", detail: "A wall shows what is, not what was." });
    if (at > now + aheadMs) return problemOf({ code: "invalid-request", detail: "at lies in the future." });
    return json(await boardAt(store, sight, at));
  },
});
