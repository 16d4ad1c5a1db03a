import { formatDuration } from "#lib/core/duration.ts";
import { ok } from "#lib/core/result.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PoolerConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { type Asking, block, type Context, pass, unknown, warn } from "#lib/integrations/postgres/remedies/ask.ts";
import {
  countHolding,
  killPool,
  leadsThere,
  leadTo,
  readPooler,
  readPoolerSettings,
  resumePools,
  writeLead,
} from "#lib/integrations/postgres/remedies/pooler.ts";
import { holdStep, letGoStep, releaseStep } from "#lib/integrations/postgres/remedies/pooler-steps.ts";
import type { Entrance, Move, Road } from "#lib/integrations/postgres/remedies/road.ts";
import { askThrough } from "#lib/integrations/postgres/remedies/write-proof.ts";
import { flag } from "#lib/integrations/postgres/row.ts";

/** A PgBouncer. Its clients wait while it is shut, and keep their connections. */
export function poolerRoad(pooler: PoolerConfig): Road {
  const { name, address, port, databases, machine } = pooler;
  const entranceTo = (database: string): Entrance => ({ name, address, port, database, through: "pooler" });
  const [first = "", ...more] = databases;
  const entrances: Road["entrances"] = [entranceTo(first), ...more.map(entranceTo)];
  return {
    name,
    touches: `${name} / ${databases.join(", ")}`,
    entrances,
    check: (context, move, fromMust) => check(context, pooler, entrances[0], move, fromMust),
    hears: async (context, node) => {
      const answer = await askThrough(context, entrances[0], "SELECT pg_is_in_recovery() AS standby", 3_000);
      if (!answer.ok) return pass(`${name} gets no answer for ${first}`);
      const standby = flag(answer.value[0]?.standby);
      return standby === false
        ? block(`${name} still reaches a primary, which may be ${node.name}`)
        : pass(`${name} reaches a standby`);
    },
    fences: async (context, node) => {
      const written = await writeLead(context, pooler, node, "try");
      if (!written.ok) return warn(`${name}: ${written.error.what}`);
      return pass(machine === undefined ? `${name} follows the others` : `by ${name}, which leads elsewhere then`);
    },
    leadsTo: (context) => leadsTo(context, pooler),
    shut: (node, how) => holdStep(pooler, node, how),
    open: (node) => releaseStep(pooler, node, entrances),
    release: () => letGoStep(pooler),
    back: null,
    hold: (context, node, primary) => hold(context, pooler, node, primary),
  };
}

async function check(
  context: Context,
  pooler: PoolerConfig,
  entrance: Entrance,
  { from, to }: Move,
  fromMust: "lead there" | "be anything",
): Promise<CheckResult> {
  const [settings, databases] = await Promise.all([readPoolerSettings(context, pooler), readPooler(context, pooler)]);
  if (!settings.ok) return unknown(settings.error.what);
  if (!databases.ok)
    return databases.error.kind === "no-such-object" ? block(databases.error.what) : unknown(databases.error.what);
  const { user } = pooler.admin;
  if (!settings.value.admins.includes(user))
    return block(`${user} may look at its console, but is no admin_user of it`);
  const off = databases.value.filter((each) => each.paused || each.disabled);
  if (off.length > 0) return block(`somebody paused or disabled ${off.map((each) => each.name).join(", ")} there`);
  if (pooler.machine !== undefined) {
    const may = await writeLead(context, pooler, to, "try");
    if (!may.ok) return block(may.error.said === undefined ? may.error.what : `${may.error.what}: ${may.error.said}`);
    if (fromMust === "lead there" && !leadsThere(databases.value, from)) {
      const where = databases.value.map((each) => `${each.name} to ${each.host ?? "a socket"}:${each.port}`).join(", ");
      return block(`it leads ${where}, not to ${from.name}`);
    }
  }
  if (fromMust === "be anything") return pass(`PgBouncer, an admin_user${leadWords(pooler)}`);
  const reached = await askThrough(context, entrance, "SELECT pg_is_in_recovery() AS standby", 5_000);
  if (!reached.ok)
    return unknown(`${context.config.act?.user ?? context.config.user} cannot get through it: ${reached.error.what}`);
  if (flag(reached.value[0]?.standby) !== false) return block("it leads to a standby");
  return await patience(context, pooler, settings.value);
}

function leadWords({ machine, databases }: PoolerConfig): string {
  const names = databases.join(", ");
  return machine === undefined
    ? `, whose ${names} leads to what is moved itself`
    : `, and ${machine.file} lists ${names} and can be written`;
}

/** Whether its clients are likely to give their servers back, and to wait as long as it takes. */
async function patience(
  context: Context,
  pooler: PoolerConfig,
  settings: { readonly mode: string; readonly queryWaitS: number },
): Promise<CheckResult> {
  const now = await readPooler(context, pooler);
  const sessions = now.ok ? now.value.filter((each) => (each.mode ?? settings.mode) === "session") : [];
  const held = await Promise.all(sessions.map((each) => countHolding(context, pooler, each.name)));
  const clients = held.reduce((total, each) => total + (each.ok ? each.value : 0), 0);
  const words = `PgBouncer, an admin_user, leads to the primary${leadWords(pooler)}`;
  if (clients > 0) {
    const late = formatDuration(pooler.patience);
    const then = pooler.stuck === "cut" ? "then their connections are ended" : "then all is taken back";
    return warn(
      `${words}; session pooling: ${clients} connected clients are waited for ${late} until they leave, ${then}`,
    );
  }
  if (settings.queryWaitS > 0 && settings.queryWaitS < 15)
    return warn(`${words}; who waits longer than ${settings.queryWaitS} s (query_wait_timeout) is cut`);
  return pass(words);
}

async function leadsTo(context: Asking, pooler: PoolerConfig): ReturnType<Road["leadsTo"]> {
  const databases = await readPooler(context, pooler);
  if (!databases.ok) return databases;
  const { nodes } = context.config;
  const open = databases.value.filter((each) => !each.paused && !each.disabled);
  // Of one that leads to a balancer this says nothing, and the write through it all.
  const names = open.flatMap((each) => {
    const node = nodes.find((one) => one.address === each.host && one.port === (each.port ?? 5432));
    return node === undefined ? [] : [node.name];
  });
  return ok([...new Set(names)]);
}

/** Something wrote its file anew, such as a configuration tool, and it leads to the fenced node again. */
async function hold(
  context: Asking,
  pooler: PoolerConfig,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Promise<string | null> {
  if (pooler.machine === undefined) return null;
  const now = await readPooler(context, pooler);
  if (!now.ok) return null;
  const there = now.value.filter((each) => leadsThere([each], node));
  if (there.length === 0) return null;
  for (const { name } of there) {
    const killed = await killPool(context, pooler, name);
    if (!killed.ok) return `The fence of ${node.name} on ${pooler.name} is open: ${killed.error.what}`;
  }
  const led = await leadTo(context, pooler, primary);
  const resumed = led.ok ? await resumePools(context, pooler) : led;
  return led.ok && resumed.ok
    ? `Fence held: ${led.value}, which led to ${node.name} again`
    : `${pooler.name} holds its clients, for it led to ${node.name} again: ${resumed.ok ? "" : resumed.error.what}`;
}
