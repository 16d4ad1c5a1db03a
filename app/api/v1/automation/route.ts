import { switchAutomation } from "#lib/commands/switch-automation.ts";
import { answer, endpoints } from "../_http/endpoint.ts";

/** The switch for what rules start by themselves, of everything or of one service. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/automation", {
  POST: async ({ store, actor, body, now }) => answer(await switchAutomation(store, actor, body, now)),
});
