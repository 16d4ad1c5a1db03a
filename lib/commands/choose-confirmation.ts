import type { Actor } from "#lib/access/actor.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { confirmWords } from "#lib/core/confirm-words.ts";
import type { Result } from "#lib/core/result.ts";
import type { Confirm } from "#lib/core/state.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { deleteConfirmChoice, findConfirmChoice, writeConfirmChoice } from "#lib/store/confirm-choices.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Chooses how a service's trouble is confirmed from its next poll on, until `null` gives the say back to the configuration.
 * The same choice twice changes nothing.
 */
export async function chooseConfirmation(
  store: ActingStore,
  actor: Actor,
  { serviceId, confirm }: { readonly serviceId: string; readonly confirm: Confirm | null },
  now: number,
): Promise<Result<{ readonly confirm: Confirm | null }, Refusal>> {
  const deed = { actor, command: "choose-confirmation", target: serviceId, serviceId, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "choose-confirmation", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const before = (await findConfirmChoice(writing, serviceId))?.confirm ?? null;
    if (JSON.stringify(before) === JSON.stringify(confirm)) return unchanged({ confirm });
    if (confirm === null) await deleteConfirmChoice(writing, serviceId);
    else await writeConfirmChoice(writing, { serviceId, confirm, by: actor.name, at: now });
    const how = confirm === null ? "as pitwall.yaml says again" : `by ${confirmWords(confirm)}`;
    const text = `${service.name}: trouble is confirmed ${how}`;
    await insertEvents(writing, [{ at: now, kind: "config", serviceId, actor: actor.name, text }]);
    return done({ confirm }, { before: { confirm: before }, after: { confirm } });
  });
}
