import { invitePerson } from "#lib/commands/tend-people.ts";
import { ok } from "#lib/core/result.ts";
import { peopleView } from "#lib/views/people-view.ts";
import { answerOnce, endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

/** People with an account: the list, and inviting one. The link is told once, in the answer. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people", {
  GET: async ({ store, actor }) => {
    const people = await peopleView(store, actor);
    return people.ok ? json({ people: people.value }) : problemOf(people.error);
  },
  POST: async ({ store, actor, body, now }) => {
    const { email, name, grants } = body;
    const invited = await invitePerson(store, actor, { email, grants, ...(name ? { name } : {}) }, now);
    if (!invited.ok) return problemOf(invited.error);
    return answerOnce(ok({ id: invited.value.id, path: `/welcome#${invited.value.secret}` }));
  },
});
