import { resetPerson } from "#lib/commands/tend-people.ts";
import { ok } from "#lib/core/result.ts";
import { answerOnce, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Takes away every way to sign in that is Pitwall's own, and makes a link for a new one; it is told once, in the answer. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people/[id]/reset", {
  POST: async ({ store, actor, params, now }) => {
    const reset = await resetPerson(store, actor, { id: params.id }, now);
    if (!reset.ok) return problemOf(reset.error);
    return answerOnce(ok({ id: reset.value.id, path: `/welcome#${reset.value.secret}` }));
  },
});
