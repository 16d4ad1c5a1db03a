import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../_http/endpoint.ts";

/** One run: plan, checks, steps, verdict and the whole journal. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]", {
  GET: async ({ store, sight, params }) => answer(await runView(store, sight, params.id)),
});
