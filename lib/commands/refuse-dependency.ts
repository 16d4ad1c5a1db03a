import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findFoundDependency, setRefused } from "#lib/store/found-dependencies.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findService } from "#lib/store/services.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface DependencyRefusal {
  readonly serviceId: string;
  /** Id of the service that it was found to depend on. */
  readonly dependsOn: string;
  /** `false` takes a refusal back. */
  readonly refused: boolean;
}

/** Says that a found dependency is none, or that it is one after all. The same word twice changes nothing. */
export async function refuseDependency(
  store: ActingStore,
  actor: Actor,
  { serviceId, dependsOn, refused }: DependencyRefusal,
  now: number,
): Promise<Result<{ readonly refused: boolean }, Refusal>> {
  const command = refused ? "refuse-dependency" : "accept-dependency";
  const deed = { actor, command, target: `${serviceId} -> ${dependsOn}`, serviceId, at: now };
  return await store.act(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "refuse-dependency", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const found = await findFoundDependency(writing, serviceId, dependsOn);
    const other = await findService(writing, dependsOn);
    if (found === null || (other !== null && !sightOf(actor).sees(other))) {
      const detail = `${service.name} was not found to depend on ${dependsOn.slice(0, 100)}`;
      return err({ code: "not-found", detail });
    }
    if (found.refused === "config") {
      return err({ code: "conflict", detail: "pitwall.yaml refuses it: take it out of `refuse` there" });
    }
    if ((found.refused === "person") === refused) return unchanged({ refused });
    await setRefused(writing, { serviceId, dependsOn }, refused ? { by: actor.name, at: now } : null);
    const name = other?.name ?? dependsOn;
    const text = refused
      ? `${service.name} does not depend on ${name}: found dependency refused`
      : `${service.name} depends on ${name} after all: refusal taken back`;
    await insertEvents(writing, [{ at: now, kind: "config", serviceId, actor: actor.name, text }]);
    return done({ refused }, { before: { refused: !refused, evidence: found.evidence }, after: { refused } });
  });
}
