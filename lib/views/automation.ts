import { everything, listOff, serviceScope } from "#lib/store/automation.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { Seen } from "#lib/views/seen.ts";
import type { AutomationOffDto } from "#lib/wire/automation.ts";
import type { BoardService } from "#lib/wire/board.ts";

/** What somebody keeps rules from starting, everything first; of services that one does not see, nothing. */
export async function readAutomation(
  reading: Reading,
  services: readonly Pick<BoardService, "id">[],
  seen: Seen,
  now: number,
): Promise<AutomationOffDto[]> {
  const off = await listOff(reading, now);
  if (off.length === 0) return [];
  const byScope = new Map(services.map(({ id }) => [serviceScope(id), id]));
  return off.flatMap(({ scope, by, reason, at, until }) => {
    const serviceId = scope === everything ? null : byScope.get(scope);
    if (serviceId === undefined || (serviceId !== null && !seen.has(serviceId))) return [];
    return [{ serviceId, by, reason: seen.without(reason), at, until }];
  });
}
