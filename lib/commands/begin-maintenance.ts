import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { coversRefusal } from "#lib/commands/covers-refusal.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { nearest } from "#lib/core/nearest.ts";
import { coversWords } from "#lib/core/planned.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { insertMaintenance } from "#lib/store/maintenance.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { listServices, type ServiceRow } from "#lib/store/services.ts";
import { listStates } from "#lib/store/states.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { maintenanceRequest } from "#lib/wire/planned.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Begins planned work now: the trouble of what it covers does not count until it ends. Checking goes on. */
export async function beginMaintenance(
  store: ActingStore,
  actor: Actor,
  input: z.infer<typeof maintenanceRequest>,
  now: number,
  /** The nodes that a service has by its configuration. */
  nodesOf: (service: ServiceRow) => readonly string[],
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "begin-maintenance", target: targetOf(input), at: now, reason: input.note };
  return await store.act(deed, async (writing) => {
    const services = await listServices(writing);
    const { note, forMs, ...covers } = input;
    const known = services.filter(sightOf(actor).sees);
    const stranger = covers.services.find((id) => !known.some((service) => service.id === id));
    if (stranger !== undefined) return err(noSuchService(stranger));
    const strange = covers.groups.find((group) => !known.some((service) => service.group === group));
    if (strange !== undefined) return err({ code: "not-found", detail: `There is no group ${strange.slice(0, 100)}` });
    const missing =
      covers.nodes.length === 0 ? null : missingNode(covers.nodes, await nodeNames(writing, known, nodesOf));
    if (missing !== null) return err(missing);
    const refused = coversRefusal(actor, "begin-maintenance", covers, services);
    if (refused !== null) return err(refused);
    const id = randomUUID();
    await insertMaintenance(writing, [
      { id, origin: "hand", windowKey: null, covers, note, from: now, until: now + forMs, by: actor.name, toldAt: now },
    ]);
    const what = coversWords(covers, (one) => services.find((service) => service.id === one)?.name ?? one);
    const text = `Maintenance of ${what} for ${formatDuration(forMs)}${note === "" ? "" : `: ${note}`}`;
    const [only] = covers.services.length === 1 ? covers.services : [];
    await insertEvents(writing, [
      { at: now, kind: "maintenance", actor: actor.name, text, ...(only === undefined ? {} : { serviceId: only }) },
    ]);
    return done(
      { id },
      { target: what, after: { id, covers, until: now + forMs }, ...(only === undefined ? {} : { serviceId: only }) },
    );
  });
}

/** A mistyped name would cover nothing, and nobody would notice before the pages come. */
function missingNode(nodes: readonly string[], known: ReadonlySet<string>): Refusal | null {
  const strange = nodes.find((node) => !known.has(node));
  if (strange === undefined) return null;
  const meant = nearest(strange, known);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return { code: "not-found", detail: `No service has a node ${strange.slice(0, 100)}${hint}` };
}

/** Every name that planned work may call a node by: of the configurations, and of what the last samples told. */
async function nodeNames(
  writing: Writing,
  services: readonly ServiceRow[],
  nodesOf: (service: ServiceRow) => readonly string[],
): Promise<Set<string>> {
  const ids = new Set(services.map(({ id }) => id));
  const states = (await listStates(writing)).filter(({ serviceId }) => ids.has(serviceId));
  const told = states.flatMap(({ trend, findings }) => [
    ...Object.keys(trend.series).flatMap((key) => key.split("|").slice(1)),
    ...findings.flatMap(({ node, subject }) => [node ?? "", subject ?? ""]),
  ]);
  // A member inside a node counts by its own name as well: `learn/web-01` is web-01.
  return new Set([...services.flatMap(nodesOf), ...told.flatMap((name) => [name, name.split("/").at(-1) ?? name])]);
}

function targetOf({ services, groups, nodes }: z.infer<typeof maintenanceRequest>): string {
  return [...services, ...groups, ...nodes].join(", ");
}
