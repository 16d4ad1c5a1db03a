import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresNode } from "#lib/integrations/postgres/detail.ts";
import { lsnDistanceBytes } from "#lib/integrations/postgres/lsn.ts";
import { replayFunctions } from "#lib/integrations/postgres/queries.ts";
import { ask, type Context, type PostgresAction, type PostgresPlan } from "#lib/integrations/postgres/remedies/ask.ts";
import { flag, number, text } from "#lib/integrations/postgres/row.ts";
import { actingUser } from "#lib/integrations/postgres/target.ts";

/** Resume a paused replay. */
export const resumeReplay: PostgresAction = {
  id: "resume-replay",
  title: "Resume replay",
  about: "Lets a replica whose replay was paused apply the WAL it has received.",
  risk: "low",
  offer: (_config, detail) => {
    const paused = (detail?.nodes ?? []).filter((node) => node.replica?.replayPaused === true);
    return {
      params: [{ name: "node", label: "Replica", options: paused.map(optionFor) }],
      blocked: paused.length === 0 ? "No replica has its replay paused" : null,
    };
  },
  plan: planResume,
};

function optionFor(node: PostgresNode) {
  const bytes = node.replica?.lagBytes ?? null;
  return {
    value: node.name,
    label: node.name,
    ...(bytes === null ? {} : { hint: `${formatBytes(bytes)} of WAL waiting` }),
  };
}

function planResume(config: PostgresConfig, params: Readonly<Record<string, string>>): Result<PostgresPlan> {
  const node = config.nodes.find((each) => each.name === params.node);
  if (node === undefined)
    return err(failure("no-such-object", `this service has no node ${params.node ?? "(none named)"}`));
  return ok({
    title: `Resume replay on ${node.name}`,
    effect: `${node.name} applies what it has received and serves current data again. Queries on it that conflict with replay may be cancelled.`,
    touches: [`${node.name} / replay`],
    node: node.name,
    heals: true,
    caveat: "Whoever paused it may still need it paused: a running backup or an inspection of old data.",
    preflight: [
      {
        id: "paused",
        title: `${node.name} is a replica with its replay paused`,
        run: (context) => checkPaused(context, node),
      },
      { id: "right", title: "The role may resume replay", run: (context) => checkRight(context, node) },
    ],
    steps: [
      {
        id: "resume",
        title: `Resume replay on ${node.name}`,
        does: "SELECT pg_wal_replay_resume()",
        timeoutMs: 10_000,
        run: (context) => resume(context, node),
        probe: async (context) => {
          const replay = await askReplay(context, node);
          if (!replay.ok) return replay;
          const stands = replay.value.paused === false;
          return ok({ stands, evidence: stands ? "replay is not paused" : "replay is still paused" });
        },
      },
    ],
    verify: {
      title: `${node.name} replays`,
      consecutive: 3,
      everyMs: 1_000,
      timeoutMs: 60_000,
      probe: replayProbe(node),
    },
  });
}

interface Replay {
  readonly versionNum: number;
  readonly inRecovery: boolean;
  readonly paused: boolean | null;
  readonly mayResume: boolean | null;
  readonly receiveLsn: string | null;
  readonly replayLsn: string | null;
}

async function checkPaused(context: Context, node: PostgresNodeConfig): Promise<CheckResult> {
  const replay = await askReplay(context, node);
  if (!replay.ok) return { verdict: "unknown", evidence: replay.error.what };
  if (!replay.value.inRecovery) return { verdict: "block", evidence: `${node.name} is a primary, it replays nothing` };
  if (replay.value.paused !== true) return { verdict: "block", evidence: "replay is not paused" };
  const waiting = lsnDistanceBytes(replay.value.receiveLsn, replay.value.replayLsn);
  return {
    verdict: "pass",
    evidence: `paused${waiting === null ? "" : `, ${formatBytes(Math.max(0, waiting))} received and not applied`}`,
  };
}

async function checkRight(context: Context, node: PostgresNodeConfig): Promise<CheckResult> {
  const replay = await askReplay(context, node);
  if (!replay.ok) return { verdict: "unknown", evidence: replay.error.what };
  const { resume: call } = replayFunctions(replay.value.versionNum);
  if (replay.value.mayResume === true) return { verdict: "pass", evidence: `may execute ${call}` };
  const { database } = context.config;
  const user = actingUser(context.config);
  const grant = `GRANT EXECUTE ON FUNCTION ${call} TO ${user}`;
  return { verdict: "block", evidence: `${user} may not execute ${call}: run ${grant} in database ${database}` };
}

async function resume(context: Context, node: PostgresNodeConfig): Promise<Result<string>> {
  const replay = await askReplay(context, node);
  if (!replay.ok) return replay;
  const { resume: call } = replayFunctions(replay.value.versionNum);
  const done = await ask(context, node, `SELECT ${call}::text AS done`);
  return done.ok ? ok(`${call} was called at replay position ${replay.value.replayLsn ?? "unknown"}`) : done;
}

/** Holds when replay is not paused and either moves on or has nothing left to apply. */
function replayProbe(node: PostgresNodeConfig) {
  let before: string | null = null;
  return async (context: Context) => {
    const replay = await askReplay(context, node);
    if (!replay.ok) return { holds: false, evidence: replay.error.what };
    const { paused, receiveLsn, replayLsn } = replay.value;
    const last = before;
    before = replayLsn;
    if (paused !== false) return { holds: false, evidence: "replay is still paused" };
    const waiting = lsnDistanceBytes(receiveLsn, replayLsn);
    // A replica that is fed from an archive alone receives nothing, so what is left cannot be told.
    if (waiting === null) return { holds: true, evidence: "replay not paused; what is left to apply is not known" };
    if (waiting <= 0) return { holds: true, evidence: "nothing left to apply" };
    const moved = last === null ? null : lsnDistanceBytes(replayLsn, last);
    return {
      holds: moved !== null && moved > 0,
      evidence: `replay not paused, ${formatBytes(waiting)} left${moved === null ? "" : `, ${formatBytes(moved)} applied since the last look`}`,
    };
  };
}

async function askReplay(context: Context, node: PostgresNodeConfig): Promise<Result<Replay>> {
  const version = await ask(context, node, "SELECT current_setting('server_version_num')::int AS version_num");
  if (!version.ok) return version;
  const versionNum = number(version.value[0]?.version_num) ?? 0;
  const { isPaused, resume: call } = replayFunctions(versionNum);
  const word = versionNum >= 100_000 ? "wal" : "xlog";
  const place = versionNum >= 100_000 ? "lsn" : "location";
  const answer = await ask(
    context,
    node,
    `SELECT pg_is_in_recovery() AS in_recovery,
  CASE WHEN pg_is_in_recovery() THEN ${isPaused} END AS paused,
  has_function_privilege('${call}', 'execute') AS may_resume,
  pg_last_${word}_receive_${place}()::text AS receive_lsn,
  pg_last_${word}_replay_${place}()::text AS replay_lsn`,
  );
  if (!answer.ok) return answer;
  const row = answer.value[0] ?? {};
  return ok({
    versionNum,
    inRecovery: flag(row.in_recovery) ?? false,
    paused: flag(row.paused),
    mayResume: flag(row.may_resume),
    receiveLsn: text(row.receive_lsn, 20),
    replayLsn: text(row.replay_lsn, 20),
  });
}
