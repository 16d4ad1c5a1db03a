import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PoolerConfig, PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PoolerView } from "#lib/integrations/postgres/detail.ts";
import { readPoolerView } from "#lib/integrations/postgres/pooler-view.ts";
import {
  ask,
  block,
  type Context,
  type PostgresAction,
  type PostgresPlan,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import {
  type PooledDatabase,
  readPooler,
  readPoolerSettings,
  resumePools,
} from "#lib/integrations/postgres/remedies/pooler.ts";
import { poolerRoad } from "#lib/integrations/postgres/remedies/pooler-road.ts";
import { flag } from "#lib/integrations/postgres/row.ts";

/** Longer than this no client waits for a server of a pool that goes on, seconds. */
const longestWaitS = 1;

/** Lets the clients go on that a paused PgBouncer holds. */
export const resumePooler: PostgresAction = {
  id: "resume-pooler",
  title: "Resume a PgBouncer",
  about: "Lets the clients go on that wait because somebody paused their database in PgBouncer.",
  risk: "medium",
  offer: (_config, detail) => {
    const held = (detail?.poolers ?? []).filter((each) => pausedOf(each).length > 0);
    const options = held.map((each) => ({ value: each.name, label: each.name, hint: heldWords(each) }));
    return {
      params: [{ name: "pooler", label: "PgBouncer", options }],
      blocked: held.length === 0 ? "No PgBouncer holds its clients" : null,
    };
  },
  plan: planResume,
};

function pausedOf(view: PoolerView) {
  return view.databases.filter(({ state }) => state === "paused");
}

function pausedAmong(databases: readonly PooledDatabase[]) {
  return databases.filter(({ paused }) => paused);
}

function heldWords(view: PoolerView): string {
  const paused = pausedOf(view);
  const waiting = paused.reduce((sum, { waiting: count }) => sum + (count ?? 0), 0);
  const names = paused.map(({ name }) => name).join(", ");
  return waiting === 0 ? `${names} paused` : `${names} paused, ${waiting} wait`;
}

function planResume(config: PostgresConfig, params: Readonly<Record<string, string>>): Result<PostgresPlan> {
  const pooler = config.poolers.find((each) => each.name === params.pooler);
  if (pooler === undefined) {
    return err(
      failure("no-such-object", `this service has no PgBouncer ${params.pooler?.slice(0, 80) ?? "(none named)"}`),
    );
  }
  const { name } = pooler;
  return ok({
    title: `Resume ${name}`,
    effect: `Clients that wait on ${name} go on at once, all together.`,
    touches: [poolerRoad(pooler).touches],
    heals: true,
    caveat: "Whoever paused it may still need it paused: a restart or a move that is done by hand.",
    preflight: [
      { id: "held", title: `${name} holds clients`, run: (context) => checkHeld(context, pooler) },
      { id: "right", title: "The role may resume it", run: (context) => checkRight(context, pooler) },
      { id: "writer", title: "Where it leads takes writes", run: (context) => checkWriter(context, pooler) },
    ],
    steps: [
      {
        id: "resume",
        title: `Let the clients of ${name} go on`,
        does: `RESUME of each of ${pooler.databases.join(", ")} that is paused`,
        timeoutMs: 15_000,
        run: async (context) => {
          const resumed = await resumePools(context, pooler);
          return resumed.ok ? ok(`RESUME ${resumed.value.join(", ")}`) : resumed;
        },
        probe: async (context) => {
          const now = await readPooler(context, pooler);
          if (!now.ok) return now;
          const paused = pausedAmong(now.value).map(({ name }) => name);
          const evidence = paused.length === 0 ? "none of its databases is paused" : `paused: ${paused.join(", ")}`;
          return ok({ stands: paused.length === 0, evidence });
        },
      },
    ],
    verify: {
      title: `${name} holds nobody, and no client waits for long`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 30_000,
      probe: (context) => probeFlows(context, pooler),
    },
  });
}

async function checkHeld(context: Context, pooler: PoolerConfig): Promise<CheckResult> {
  const now = await readPooler(context, pooler);
  if (!now.ok) return unknown(now.error.what);
  const paused = pausedAmong(now.value).map(({ name }) => name);
  if (paused.length > 0) return pass(`paused: ${paused.join(", ")}`);
  const disabled = now.value.filter((each) => each.disabled).map((each) => each.name);
  const more = disabled.length === 0 ? "" : `; ${disabled.join(", ")} is disabled, which ENABLE ends`;
  return block(`none of its databases is paused${more}`);
}

async function checkRight(context: Context, pooler: PoolerConfig): Promise<CheckResult> {
  const settings = await readPoolerSettings(context, pooler);
  if (!settings.ok) return unknown(settings.error.what);
  const { user } = pooler.admin;
  return settings.value.admins.includes(user)
    ? pass(`${user} is one of its admin_users`)
    : block(`${user} may look at its console, but is no admin_user of it`);
}

/** Clients that are let go to a standby fail at their first write, all at once. */
async function checkWriter(context: Context, pooler: PoolerConfig): Promise<CheckResult> {
  const now = await readPooler(context, pooler);
  if (!now.ok) return unknown(now.error.what);
  const seen = await Promise.all(pausedAmong(now.value).map((each) => standingOf(context, each)));
  const worst = (["block", "unknown", "warn"] as const).flatMap(
    (verdict) => seen.find((one) => one.verdict === verdict) ?? [],
  );
  return worst[0] ?? pass(seen.map(({ evidence }) => evidence).join("; "));
}

async function standingOf(context: Context, { name, host, port }: PooledDatabase): Promise<CheckResult> {
  const node = context.config.nodes.find((each) => each.address === host && each.port === (port ?? 5432));
  if (node === undefined) return warn(`${name} leads to ${host ?? "a socket"}, which is no node of this service`);
  const answer = await ask(context, node, "SELECT pg_is_in_recovery() AS standby");
  if (!answer.ok) return unknown(`${name} leads to ${node.name}: ${answer.error.what}`);
  return flag(answer.value[0]?.standby) === false
    ? pass(`${name} leads to ${node.name}, which takes writes`)
    : block(`${name} leads to ${node.name}, which takes no writes: lead it to the primary first`);
}

async function probeFlows(context: Context, pooler: PoolerConfig) {
  const { failure: why, databases } = await readPoolerView(context, pooler, () => 5_000);
  if (why !== null) return { holds: false, evidence: why.what };
  const held = databases.find(({ state }) => state === "paused");
  if (held !== undefined) return { holds: false, evidence: `${held.name} is still paused` };
  const waits = databases.find((each) => (each.longestWaitS ?? 0) > longestWaitS);
  return waits === undefined
    ? { holds: true, evidence: "no database is paused, and nobody waits for long" }
    : { holds: false, evidence: `a client of ${waits.name} waits since ${waits.longestWaitS} s` };
}
