import type { Actor } from "#lib/access/actor.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { stoppedAlarm } from "#lib/core/heal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { clearAlarm } from "#lib/store/alarms.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findHealRule, releaseHealRule } from "#lib/store/heal-rules.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Somebody looked at why a heal rule stopped itself, and says what was found: the rule may start again, with its whole
 * budget, and its alarm is over.
 */
export async function acknowledgeHeal(
  store: ActingStore,
  actor: Actor,
  input: { readonly serviceId: string; readonly rule: string; readonly words: string },
  now: number,
): Promise<Result<{ readonly serviceId: string; readonly rule: string }, Refusal>> {
  const { serviceId, rule: name, words } = input;
  const deed = { actor, command: "acknowledge-heal", target: serviceId, serviceId, reason: words, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "acknowledge-heal", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const rule = await findHealRule(writing, serviceId, name);
    if (rule === null) {
      return err({ code: "not-found", detail: `${service.name} has no heal rule for ${name.slice(0, 100)}` });
    }
    const { stopped } = rule;
    if (stopped === null) {
      return err({
        code: "conflict",
        detail: `The heal rule for ${name} has not stopped: there is nothing to acknowledge`,
      });
    }
    await releaseHealRule(writing, serviceId, name, { at: now, by: actor.name, words });
    await clearAlarm(writing, serviceId, stoppedAlarm(name));
    const text = `Heals of ${service.name} for ${name} may go on: ${words}`;
    await insertEvents(writing, [{ at: now, kind: "heal", serviceId, actor: actor.name, text, runId: stopped.runId }]);
    const about = stopped.runId === null ? {} : { runId: stopped.runId };
    return done({ serviceId, rule: name }, { ...about, before: { stopped }, after: { rule: name } });
  });
}
