import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { holdActions } from "#lib/integrations/haproxy/hold-servers.ts";
import { pageActions } from "#lib/integrations/haproxy/maintenance-page.ts";
import { outAndInActions } from "#lib/integrations/haproxy/out-and-in.ts";
import { serverStateActions } from "#lib/integrations/haproxy/server-state.ts";
import { serverWeight } from "#lib/integrations/haproxy/server-weight.ts";
import type { Action } from "#lib/integrations/integration.ts";

/** Remedies of the kind. Each goes to every process of the service, all or undone. */
export const actions: readonly Action<HaproxyConfig, HaproxyDetail>[] = [
  ...serverStateActions,
  serverWeight,
  ...holdActions,
  ...pageActions,
  ...outAndInActions,
];
