import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { everything, listOff, serviceScope, switchOff, switchOn } from "#lib/store/automation.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import type { AutomationWanted } from "#lib/wire/automation.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Stops what rules start by themselves, for everything or for one service, or lets it go on. People act as before. Switching
 * off twice takes the newer reason.
 */
export async function switchAutomation(
  store: ActingStore,
  actor: Actor,
  wanted: AutomationWanted,
  now: number,
): Promise<Result<{ readonly scope: string }, Refusal>> {
  const { serviceId } = wanted;
  const over = serviceId === undefined ? { target: everything } : { target: serviceId, serviceId };
  const deed = { actor, command: "switch-automation", ...over, reason: wanted.on ? null : wanted.reason, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedOf(writing, actor, serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const scope = serviceId === undefined ? everything : serviceScope(serviceId);
    const before = (await listOff(writing, now)).find((off) => off.scope === scope) ?? null;
    const of = service === null ? "all services" : service.name;
    if (wanted.on) {
      if (before === null) return err({ code: "conflict", detail: `Automation of ${of} is on already` });
      await switchOn(writing, scope);
    } else {
      const until = wanted.forMs === undefined ? null : now + wanted.forMs;
      await switchOff(writing, { scope, by: actor.name, reason: wanted.reason, at: now, until });
    }
    const how = wanted.on ? "on" : `off${wanted.forMs === undefined ? "" : ` for ${formatDuration(wanted.forMs)}`}`;
    const text = `Automation of ${of} switched ${how}${wanted.on ? "" : `: ${wanted.reason}`}`;
    const about = { at: now, kind: "note" as const, ...(service === null ? {} : { serviceId: service.id }) };
    await insertEvents(writing, [{ ...about, actor: actor.name, text }]);
    return done({ scope }, { ...(before === null ? {} : { before }), after: wanted });
  });
}

/** `null`: all services. */
async function permittedOf(
  writing: Writing,
  actor: Actor,
  serviceId: string | undefined,
): Promise<Result<ServiceRow | null, Refusal>> {
  if (serviceId !== undefined) return await permittedService(writing, actor, "switch-automation", serviceId);
  const forbidden = commandRefusal(actor, "switch-automation", "all");
  return forbidden === null ? ok(null) : err(forbidden);
}
