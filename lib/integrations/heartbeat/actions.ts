import type { HeartbeatConfig, HeartbeatDetail } from "#lib/integrations/heartbeat/manifest.ts";
import type { Action } from "#lib/integrations/integration.ts";

/** None: Pitwall is told of the job and has no hand on it. */
export const actions: readonly Action<HeartbeatConfig, HeartbeatDetail>[] = [];
