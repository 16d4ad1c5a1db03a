import type { Action } from "#lib/integrations/integration.ts";
import type { PassengerConfig } from "#lib/integrations/passenger/config.ts";
import { detachProcess } from "#lib/integrations/passenger/detach-process.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { drainedRestart } from "#lib/integrations/passenger/drained-restart.ts";
import { restartApp } from "#lib/integrations/passenger/restart-app.ts";
import { restartWebServer } from "#lib/integrations/passenger/restart-web-server.ts";
import { rollingRestart } from "#lib/integrations/passenger/rolling-restart.ts";

/** Remedies of the kind. */
export const actions: readonly Action<PassengerConfig, PassengerDetail>[] = [
  restartApp,
  drainedRestart,
  rollingRestart,
  detachProcess,
  restartWebServer,
];
