import { commentIncident } from "#lib/commands/comment-incident.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Adds a comment to an incident's timeline. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/incidents/[id]/comments", {
  POST: async ({ store, actor, params, body, now }) => {
    return answer(await commentIncident(store, actor, { id: params.id, text: body.text }, now), 201);
  },
});
