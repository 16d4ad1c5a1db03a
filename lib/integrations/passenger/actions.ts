import type { Action } from "#lib/integrations/integration.ts";
import type { PassengerConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { restartApp } from "#lib/integrations/passenger/restart-app.ts";
import { restartWebServer } from "#lib/integrations/passenger/restart-web-server.ts";

/** Remedies of the kind. */
export const actions: readonly Action<PassengerConfig, PassengerDetail>[] = [restartApp, restartWebServer];
