import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig, RoadConfig } from "#lib/integrations/postgres/config.ts";
import type { Context, PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import {
  isOpen,
  isShut,
  readRoad,
  readServer,
  readyRoad,
  shutRoad,
  weighRoad,
} from "#lib/integrations/postgres/remedies/balancer.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import type { Entrance } from "#lib/integrations/postgres/remedies/road.ts";
import { mayComeTwice } from "#lib/integrations/postgres/remedies/standby-steps.ts";
import { untilWritten } from "#lib/integrations/postgres/remedies/write-proof.ts";

/** Keeps clients off the old primary, and remembers how it stood. */
export function shutStep(road: RoadConfig, node: PostgresNodeConfig): PostgresStep {
  return {
    id: `shut-${road.name}`,
    title: `Keep clients off ${node.name} on ${road.name}`,
    does: `set server ${road.backend}/${node.name} state maint; shutdown sessions server ${road.backend}/${node.name}`,
    timeoutMs: 12_000,
    stands: `clients are kept off ${node.name} on ${road.name}`,
    run: async (context) => {
      const before = await readServer(context, road, node);
      if (!before.ok) return before;
      if (context.recall(`was-shut-${road.name}`) === undefined) {
        await context.remember(`was-shut-${road.name}`, String(isShut(before.value)));
      }
      return await shutRoad(context, road, node);
    },
    undo: async (context) => {
      if (context.recall(`was-shut-${road.name}`) === "true") return ok(`${road.name} held it back before, too`);
      const opened = await readyRoad(context, road, node);
      if (!opened.ok) return opened;
      return await untilOpen(context, road, node, opened.value);
    },
    probe: async (context) => {
      const now = await readServer(context, road, node);
      if (!now.ok) return now;
      const stands = isShut(now.value);
      return ok({ stands, evidence: `${road.name} ${stands ? "leads nobody" : "may lead clients"} to ${node.name}` });
    },
  };
}

/** After an undo the old primary has to be reached again, not only allowed. */
async function untilOpen(
  context: Context,
  road: RoadConfig,
  node: PostgresNodeConfig,
  words: string,
): Promise<Result<string>> {
  for (;;) {
    const now = await readServer(context, road, node);
    if (!now.ok) return now;
    if (isOpen(now.value)) return ok(`${words} and does`);
    if (now.value.running && now.value.weight === 0 && !now.value.agent) await weighRoad(context, road, node);
    await context.sleep(200);
  }
}

/** Leads clients to the new primary, and proves it by a write that goes their way. */
export function openStep(road: RoadConfig, node: PostgresNodeConfig, entrance: Entrance): PostgresStep {
  return {
    id: `open-${road.name}`,
    title: `Lead clients to ${node.name} on ${road.name}, proven by a write`,
    does: `set server ${road.backend}/${node.name} state ready; a write through ${road.address}:${road.port}`,
    timeoutMs: 30_000,
    run: (context) => openRoad(context, road, node, entrance),
    probe: async (context) => {
      const now = await readServer(context, road, node);
      if (!now.ok) return now;
      return ok({
        stands: isOpen(now.value),
        evidence: `${road.name} ${isOpen(now.value) ? "leads" : "does not lead"} to ${node.name}`,
      });
    },
  };
}

async function openRoad(
  context: Context,
  road: RoadConfig,
  node: PostgresNodeConfig,
  entrance: Entrance,
): Promise<Result<string>> {
  const ready = await readyRoad(context, road, node);
  if (!ready.ok) return ready;
  return await untilWritten(context, entrance, node, async () => {
    const now = await readServer(context, road, node);
    if (!now.ok) return now;
    // An agent that asks once a second would cost that second: it agrees as soon as it has looked.
    if (now.value.weight === 0) await weighRoad(context, road, node);
    return ok(now.value.running);
  });
}

/** Lets the old primary back onto the road as the standby it is by then, if HAProxy itself can tell standbys. */
export function returnStep(road: RoadConfig, node: PostgresNodeConfig, primary: PostgresNodeConfig): PostgresStep {
  return {
    id: `return-${road.name}`,
    ends: [`shut-${road.name}`],
    title: `Let ${node.name} stand by on ${road.name}`,
    does: `set server ${road.backend}/${node.name} state ready, where HAProxy itself tells a standby from a primary`,
    timeoutMs: 15_000,
    run: async (context) => {
      const servers = await readRoad(context, road);
      if (!servers.ok) return servers;
      const others = servers.value.filter((server) => server.node !== node.name && server.node !== primary.name);
      const mine = servers.value.find((server) => server.node === node.name);
      if (mine === undefined) return ok(`${road.name} has no server ${node.name}`);
      if (!mine.agent && !tellsRoles(others)) {
        return ok(`${node.name} stays in maintenance on ${road.name}: nothing there tells a standby from a primary`);
      }
      const standing = await look(context, node);
      if (!standing.ok || !standing.value.inRecovery) {
        return err(failure("command-failed", `${node.name} is no standby, so ${road.name} keeps clients off it`));
      }
      return await readyRoad(context, road, node);
    },
    probe: mayComeTwice,
  };
}

/** Standbys that are neither set out nor led to: a check or an agent of HAProxy knows that they take no writes. */
function tellsRoles(
  standbys: readonly { readonly adminBits: number; readonly running: boolean; readonly weight: number }[],
) {
  return standbys.length > 0 && standbys.every((each) => each.adminBits === 0 && (!each.running || each.weight === 0));
}
