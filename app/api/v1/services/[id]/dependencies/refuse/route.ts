import { refuseDependency } from "#lib/commands/refuse-dependency.ts";
import { dependencyRequest } from "#lib/wire/explain.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";
import { problemOf } from "../../../../_http/problem.ts";

/** Says that a dependency Pitwall found is none: nothing follows from it any more. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const asked = await body(dependencyRequest);
    if (!asked.ok) return problemOf(asked.error);
    const input = { serviceId: params.id ?? "", dependsOn: asked.value.dependsOn, refused: true };
    return answer(await refuseDependency(store, actor, input, now));
  },
});
