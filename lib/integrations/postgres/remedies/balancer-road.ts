import { ok } from "#lib/core/result.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PostgresNodeConfig, RoadConfig } from "#lib/integrations/postgres/config.ts";
import { block, type Context, pass, unknown, warn } from "#lib/integrations/postgres/remedies/ask.ts";
import {
  isOpen,
  isShut,
  readLevel,
  readRoad,
  readServer,
  shutRoad,
} from "#lib/integrations/postgres/remedies/balancer.ts";
import { openStep, returnStep, shutStep } from "#lib/integrations/postgres/remedies/balancer-steps.ts";
import type { Entrance, Move, Road } from "#lib/integrations/postgres/remedies/road.ts";

/** A backend of an HAProxy. Its clients are cut when it is shut, and connect again. */
export function balancerRoad(road: RoadConfig, database: string): Road {
  const { name, address, port, backend } = road;
  const entrance: Entrance = { name, address, port, database };
  return {
    name,
    touches: `${name} / ${backend}`,
    entrances: [entrance],
    check: (context, move, fromMust) => check(context, road, move, fromMust),
    hears: (context, node) => hears(context, road, node),
    fences: async (context, node) => {
      const server = await readServer(context, road, node);
      if (!server.ok) return warn(`${name}: ${server.error.what}`);
      return isOpen(server.value) ? block(`${name} still leads there`) : pass(`by ${name}`);
    },
    leadsTo: async (context) => {
      const servers = await readRoad(context, road);
      return servers.ok ? ok(servers.value.filter(isOpen).map((server) => server.node)) : servers;
    },
    shut: (node) => shutStep(road, node),
    open: (node) => openStep(road, node, entrance),
    release: null,
    back: (node, primary) => returnStep(road, node, primary),
    hold: async (context, node) => {
      const server = await readServer(context, road, node);
      if (!server.ok || isShut(server.value)) return null;
      const shut = await shutRoad(context, road, node);
      return shut.ok ? `Fence held: ${shut.value}` : `The fence of ${node.name} on ${name} is open: ${shut.error.what}`;
    },
  };
}

async function check(
  context: Context,
  road: RoadConfig,
  { from, to }: Move,
  fromMust: "lead there" | "be anything",
): Promise<CheckResult> {
  const level = await readLevel(context, road);
  if (!level.ok) return unknown(level.error.what);
  if (level.value !== "admin") return block(`the socket has level ${level.value}, not admin`);
  const servers = await readRoad(context, road);
  if (!servers.ok) return unknown(servers.error.what);
  const old = servers.value.find((server) => server.node === from.name);
  const next = servers.value.find((server) => server.node === to.name);
  if (old === undefined || next === undefined) {
    return block(`${road.backend} has no server ${old === undefined ? from.name : to.name}`);
  }
  if (fromMust === "lead there" && !isOpen(old)) return block(`it does not lead to ${from.name} now`);
  if (!next.running) return block(`it calls ${to.name} down`);
  const held = next.adminBits === 0 ? "" : `, and ${to.name} is held back there until it is moved`;
  return pass(`HAProxy, level admin, leads to ${isOpen(old) ? from.name : "nobody"}${held}`);
}

async function hears(context: Context, road: RoadConfig, node: PostgresNodeConfig): Promise<CheckResult> {
  const server = await readServer(context, road, node);
  if (!server.ok) return warn(`${road.name}: ${server.error.what}`);
  const up = server.value.running && server.value.adminBits === 0;
  return up ? block(`${road.name} calls it up`) : pass(`${road.name} calls it down`);
}
