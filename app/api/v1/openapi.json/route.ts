import { openApi } from "#lib/access/openapi.ts";
import { pitwallVersion } from "#lib/access/version.ts";
import { endpoints, json } from "../_http/endpoint.ts";

/** What this API understands and answers, for tools. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/openapi.json", {
  GET: async () => json(openApi(pitwallVersion)),
});
