import type { Action } from "#lib/integrations/integration.ts";
import { declaredAction } from "#lib/remediation/declared/declared-action.ts";
import { restartUnit } from "#lib/remediation/declared/restart-unit.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";

/** All actions a service has: those of its kind, and those that its team declared for it. */
export async function actionsOf({
  service,
  integration,
}: Pick<WatchedService, "service" | "integration">): Promise<Action[]> {
  const declared = (service.actions ?? []).map((config) => declaredAction(config, service, integration.manifest));
  const { units = [] } = service;
  const restart = units.length === 0 ? [] : [restartUnit(units, service, integration.manifest)];
  return [...(await integration.actions()), ...restart, ...declared];
}
