import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PoolerConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Context, PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import { lookAll } from "#lib/integrations/postgres/remedies/look.ts";
import {
  countHolding,
  killPool,
  leadsThere,
  leadTo,
  pausePool,
  readPooler,
  readPoolerSettings,
  resumePools,
  setLoginRetry,
} from "#lib/integrations/postgres/remedies/pooler.ts";
import type { Entrance, Shutting } from "#lib/integrations/postgres/remedies/road.ts";
import { untilWritten } from "#lib/integrations/postgres/remedies/write-proof.ts";

/** A dead server gives nothing back: whoever waits for it is cut after this. */
const deadPatienceMs = 2_000;
/** While its clients come back all at once. */
const eagerRetryS = 0.2;

/** Lets clients wait in the pooler, which they do not notice but for the time. */
export function holdStep(pooler: PoolerConfig, node: PostgresNodeConfig, how: Shutting): PostgresStep {
  const { name, databases } = pooler;
  const patienceMs = how === "at once" ? deadPatienceMs : pooler.patience;
  const cuts = how === "at once" || pooler.stuck === "cut";
  const names = databases.join(", ");
  return {
    id: `shut-${name}`,
    title: `Hold the clients of ${names} on ${name}, before ${node.name}`,
    does: `PAUSE ${names}, for at most ${formatDuration(patienceMs)} each; then ${cuts ? "KILL, which ends their connections" : "RESUME, and no more is done"}`,
    timeoutMs: databases.length * (patienceMs + 4_000) + 12_000,
    stands: `clients of ${names} wait on ${name}`,
    run: (context) => hold(context, pooler, { patienceMs, cuts }),
    undo: async (context) => {
      const resumed = await resumePools(context, pooler);
      if (!resumed.ok) return resumed;
      return ok(resumed.value.length === 0 ? `${name} held nobody` : `RESUME ${resumed.value.join(", ")} on ${name}`);
    },
    probe: async (context) => {
      const now = await readPooler(context, pooler);
      if (!now.ok) return now;
      const stands = now.value.every((each) => each.paused);
      const any = now.value.some((each) => each.paused);
      // What is held in part has to be let go as well, and only what stands is undone.
      return ok({ stands: stands || any, evidence: `${name} ${any ? "holds" : "does not hold"} its clients` });
    },
  };
}

async function hold(
  context: Context,
  pooler: PoolerConfig,
  { patienceMs, cuts }: { readonly patienceMs: number; readonly cuts: boolean },
): Promise<Result<string>> {
  const did: string[] = [];
  for (const database of pooler.databases) {
    const paused = await pausePool(context, pooler, database, patienceMs);
    if (paused.ok) {
      did.push(`${database} is paused`);
      continue;
    }
    if (paused.error.kind !== "timeout") return paused;
    const why = await whyHeld(context, pooler, database);
    if (!cuts) {
      const resumed = await resumePools(context, pooler);
      const after = resumed.ok
        ? "RESUME was given: its clients go on as before"
        : `RESUME failed: ${resumed.error.what}`;
      const what = `${pooler.name} could not pause ${database} within ${formatDuration(patienceMs)}: ${why}. ${after}`;
      return err(failure("command-failed", what));
    }
    const killed = await killPool(context, pooler, database);
    if (!killed.ok) return killed;
    did.push(`${database} was cut: ${why}`);
  }
  return ok(`${pooler.name}: ${did.join("; ")}; whoever asks now waits`);
}

/** In session pooling a server comes back only when its client leaves, so that an idle one is waited for in vain. */
async function whyHeld(context: Context, pooler: PoolerConfig, database: string): Promise<string> {
  const [holding, databases, settings] = await Promise.all([
    countHolding(context, pooler, database),
    readPooler(context, pooler),
    readPoolerSettings(context, pooler),
  ]);
  const count = holding.ok ? String(holding.value) : "an unknown number of";
  const own = databases.ok ? databases.value.find((each) => each.name === database)?.mode : null;
  const mode = own ?? (settings.ok ? settings.value.mode : "");
  return mode === "session"
    ? `${count} of its clients stay connected, and session pooling gives a server back only when its client leaves`
    : `${count} of its clients have not ended their transaction`;
}

/** Nobody waits for a run that has ended. */
export function letGoStep(pooler: PoolerConfig): PostgresStep {
  const { name, databases } = pooler;
  const names = databases.join(", ");
  return {
    id: `let-go-${name}`,
    ends: [`shut-${name}`],
    title: `Let the clients of ${names} go on`,
    does: `where they still wait on ${name}: to the node that takes writes, if there is one; RESUME ${names}`,
    timeoutMs: 30_000,
    run: async (context) => {
      const now = await readPooler(context, pooler);
      if (!now.ok) return now;
      if (!now.value.some((each) => each.paused)) return ok("nobody waits");
      const looked = await lookAll(context);
      const writable = looked.flatMap(({ node, seen }) => (seen.ok && !seen.value.inRecovery ? [node] : []));
      const [primary] = writable;
      const led = primary === undefined || writable.length > 1 ? null : await leadTo(context, pooler, primary);
      const resumed = await resumePools(context, pooler);
      if (!resumed.ok) return resumed;
      const where = led === null ? "it leads where it led" : led.ok ? led.value : led.error.what;
      return ok(`RESUME ${resumed.value.join(", ")}; ${where}`);
    },
  };
}

/** Leads the waiting clients to the new primary and lets them go on, proven by a write through it. */
export function releaseStep(
  pooler: PoolerConfig,
  node: PostgresNodeConfig,
  entrances: readonly Entrance[],
): PostgresStep {
  const { name, databases, machine } = pooler;
  const names = databases.join(", ");
  const lead = machine === undefined ? "" : `host and port of ${names} in ${machine.file}; RELOAD; `;
  return {
    id: `open-${name}`,
    ends: [`shut-${name}`],
    title: `Lead the clients of ${names} to ${node.name} on ${name}, proven by a write`,
    does: `${lead}RECONNECT and RESUME ${names}, with server_login_retry short meanwhile; a write through ${pooler.address}:${pooler.port}`,
    timeoutMs: 45_000,
    run: (context) => release(context, pooler, node, entrances),
    probe: async (context) => {
      const now = await readPooler(context, pooler);
      if (!now.ok) return now;
      const leads = machine === undefined || leadsThere(now.value, node);
      const held = now.value.filter((each) => each.paused).map((each) => each.name);
      const words = `${name} ${leads ? "leads" : "does not lead"} to ${node.name}${held.length === 0 ? "" : `, and holds ${held.join(", ")}`}`;
      return ok({ stands: leads && held.length === 0, evidence: words });
    },
  };
}

async function release(
  context: Context,
  pooler: PoolerConfig,
  node: PostgresNodeConfig,
  entrances: readonly Entrance[],
): Promise<Result<string>> {
  // A reload forgets what was set by hand, so what is read beside it is what it will come back to.
  const [settings, led] = await Promise.all([readPoolerSettings(context, pooler), leadTo(context, pooler, node)]);
  if (!led.ok) return led;
  if (!settings.ok) return settings;
  // Only to save time: clients come back without it, up to that much later.
  const eager = await setLoginRetry(context, pooler, eagerRetryS);
  const resumed = await resumePools(context, pooler);
  const wrote = resumed.ok ? await writeThroughAll(context, node, entrances) : resumed;
  const calm = eager.ok ? await setLoginRetry(context, pooler, settings.value.loginRetryS) : eager;
  if (!calm.ok) context.output(`server_login_retry: ${calm.error.what}, until its next reload`);
  return wrote.ok ? ok(`${led.value}; ${wrote.value}`) : wrote;
}

async function writeThroughAll(
  context: Context,
  node: PostgresNodeConfig,
  entrances: readonly Entrance[],
): Promise<Result<string>> {
  const landed = await Promise.all(entrances.map((entrance) => untilWritten(context, entrance, node)));
  const failed = landed.find((one) => !one.ok);
  if (failed !== undefined && !failed.ok) return failed;
  return ok(landed.map((one, at) => `${entrances[at]?.database}: ${one.ok ? one.value : ""}`).join("; "));
}
