import type { HttpConfig } from "#lib/integrations/http/config.ts";
import type { HttpDetail } from "#lib/integrations/http/detail.ts";
import type { Action } from "#lib/integrations/integration.ts";

/** None: an endpoint is only asked. What helps it is an action of the service that stands behind it. */
export const actions: readonly Action<HttpConfig, HttpDetail>[] = [];
