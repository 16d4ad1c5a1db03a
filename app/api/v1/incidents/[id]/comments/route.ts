import { commentIncident } from "#lib/commands/comment-incident.ts";
import { commentRequest } from "#lib/wire/incident.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Adds a comment to an incident's timeline. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const comment = await body(commentRequest);
    if (!comment.ok) return problemOf(comment.error);
    return answer(await commentIncident(store, actor, { id: params.id ?? "", text: comment.value.text }, now), 201);
  },
});
