import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CheckResult, Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import {
  ask,
  block,
  type Context,
  nodeNamed,
  type PostgresAction,
  type PostgresPlan,
  pass,
  unknown,
  versionOf,
} from "#lib/integrations/postgres/remedies/ask.ts";
import {
  askBlocked,
  backupCheck,
  checkSignalRight,
  type Ending,
  endableSessions,
  leftAfterSignal,
  parseIdentity,
  recordColumns,
  recordLines,
  type SessionKey,
  sameSession,
  sessionSymptoms,
  sessionWords,
  signalFunction,
  spared,
  sparedValues,
} from "#lib/integrations/postgres/remedies/sessions.ts";
import { flag, number, type Row, text } from "#lib/integrations/postgres/row.ts";

export const cancelQuery: PostgresAction = {
  id: "cancel-query",
  title: "Cancel a query",
  about: "Stops one running statement; its session stays and its transaction is rolled back.",
  risk: "medium",
  offer: (_config, detail) => offerOf(detail, "cancel"),
  plan: (config, params, detail) => planOf(config, params, detail, "cancel"),
};

export const terminateSession: PostgresAction = {
  id: "terminate-session",
  title: "Terminate a session",
  about: "Ends one session with its transaction; the only way to be rid of one that is idle in a transaction.",
  risk: "medium",
  offer: (_config, detail) => offerOf(detail, "terminate"),
  plan: (config, params, detail) => planOf(config, params, detail, "terminate"),
};

function offerOf(detail: PostgresDetail | null, ending: Ending): Offer {
  const found = endableSessions(detail).filter(({ session }) => ending === "terminate" || session.state === "active");
  const options = found.map(({ node, session, identity, blocks }) => {
    const age = ending === "cancel" ? session.queryAgeS : session.transactionAgeS;
    const hint = [
      session.state,
      age === null ? null : formatDuration(age * 1_000),
      session.wait === null ? null : `waits for ${session.wait}`,
      blocks === 0 ? null : `blocks ${blocks}`,
    ];
    return {
      value: `${node}/${identity}`,
      label: `${sessionWords(session)} on ${node}`,
      hint: hint.filter((word) => word !== null).join(" · "),
    };
  });
  const none = ending === "cancel" ? "No client runs a statement in a transaction" : "No client has a transaction open";
  return {
    params: [{ name: "session", label: "Session", options }],
    blocked: detail === null ? "The cluster has not been read yet" : options.length === 0 ? none : null,
  };
}

function planOf(
  config: PostgresConfig,
  params: Readonly<Record<string, string>>,
  detail: PostgresDetail | null,
  ending: Ending,
): Result<PostgresPlan> {
  const [name, identity = ""] = (params.session ?? "").split("/");
  const node = nodeNamed(config, name);
  if (!node.ok) return node;
  const key = parseIdentity(identity);
  if (!key.ok) return key;
  const seen = endableSessions(detail).find((each) => each.node === name && each.identity === identity);
  const who = seen === undefined ? `pid ${key.value.pid}` : sessionWords(seen.session);
  const target = { node: node.value, key: key.value, ending };
  const cancel = ending === "cancel";
  return ok({
    title: `${cancel ? "Cancel the query of" : "Terminate"} ${who} on ${node.value.name}`,
    effect: cancel
      ? "Its client gets an error (57014) and its transaction is rolled back; the session stays. What it ran is kept in this run."
      : "Its client loses the connection (57P01) and its transaction is rolled back. What it ran is kept in this run.",
    touches: [`${node.value.name} / pid ${key.value.pid}`],
    node: node.value.name,
    symptoms: sessionSymptoms,
    heals: true,
    caveat: "What the transaction did so far is lost, and its client may simply begin again.",
    preflight: [
      { id: "same", title: "It is still the session that was seen", run: (context) => checkSame(context, target) },
      {
        id: "right",
        title: "The role may end sessions of others",
        run: (context) => checkSignalRight(context, node.value),
      },
      { id: "backup", title: "It is no backup", run: async () => backupCheck([seen?.session.application ?? null]) },
    ],
    steps: [
      {
        id: ending,
        title: `${cancel ? "Cancel its statement" : "Terminate it"} if it is still the same`,
        does: `SELECT ${signalFunction(ending)}(pid) … WHERE pid = ${key.value.pid} AND backend_start, xact_start${cancel ? ", query_start" : ""} are as seen`,
        timeoutMs: 15_000,
        run: (context) => endIt(context, target),
        probe: async (context) => {
          const look = () => find(context, target);
          const there = await leftAfterSignal(context, look, (row) => row === null);
          if (!there.ok) return there;
          return ok({
            stands: there.value === null,
            evidence: there.value === null ? "it is gone" : "it is still there",
          });
        },
      },
    ],
    verify: {
      title: cancel ? "its statement no longer runs" : "the session is gone",
      consecutive: 2,
      everyMs: 500,
      timeoutMs: 20_000,
      probe: async (context) => {
        const there = await find(context, target);
        if (!there.ok) return { holds: false, evidence: there.error.what };
        const evidence = there.value === null ? `pid ${key.value.pid} is done with it` : "it is still there";
        return { holds: there.value === null, evidence };
      },
    },
  });
}

interface Target {
  readonly node: PostgresNodeConfig;
  readonly key: SessionKey;
  readonly ending: Ending;
}

/** The session as it is now; `null` when there is none that is the same. */
async function find(context: Context, { node, key, ending }: Target): Promise<Result<Row | null>> {
  const sql = `SELECT ${recordColumns}, coalesce((SELECT r.rolsuper FROM pg_roles r WHERE r.oid = a.usesysid), false) AS superuser
FROM pg_stat_activity a WHERE $1::text IS NOT NULL AND $2::text IS NOT NULL AND ${sameSession(ending)}`;
  const answer = await ask(context, node, sql, valuesOf(context.config, key));
  return answer.ok ? ok(answer.value[0] ?? null) : answer;
}

function valuesOf(config: PostgresConfig, key: SessionKey): readonly unknown[] {
  return [...sparedValues(config), key.pid, key.backendUs, key.xactUs, key.queryUs];
}

async function checkSame(context: Context, target: Target): Promise<CheckResult> {
  const there = await find(context, target);
  if (!there.ok) return unknown(there.error.what);
  if (there.value === null) {
    const what = target.ending === "cancel" ? "statement" : "transaction";
    return block(`pid ${target.key.pid} is gone, or runs another ${what} by now`);
  }
  if (flag(there.value.superuser) === true && context.config.act?.superuserSessions !== true) {
    return block(`it belongs to the superuser ${text(there.value.usename, 120)}; act.superuserSessions would allow it`);
  }
  const ageS = number(target.ending === "cancel" ? there.value.query_age_s : there.value.xact_age_s) ?? 0;
  return pass(`pid ${target.key.pid}, ${text(there.value.state, 40)}, ${formatDuration(ageS * 1_000)} old`);
}

/** Finds it, keeps what it is, and signals it in the very statement that finds it the same. */
async function endIt(context: Context, target: Target): Promise<Result<string>> {
  const { node, key, ending } = target;
  const version = await versionOf(context, node);
  if (!version.ok) return version;
  const blockedByIt = await askBlocked(context, node, [key.pid]);
  const sql = `SELECT ${recordColumns}, ${signalFunction(ending)}(a.pid) AS signalled
FROM pg_stat_activity a WHERE ${sameSession(ending)} AND ${spared(context.config, version.value)}`;
  const answer = await ask(context, node, sql, valuesOf(context.config, key));
  if (!answer.ok) return answer;
  const [row] = answer.value;
  if (row === undefined) {
    const what = `pid ${key.pid} is no longer what was seen, or must not be ended; nothing was signalled`;
    return err(failure("no-such-object", what));
  }
  for (const line of recordLines(row, blockedByIt)) context.output(line, node.name);
  if (flag(row.signalled) !== true) return err(failure("command-failed", `the signal to pid ${key.pid} failed`));
  const freed = blockedByIt.length === 0 ? "" : `; ${blockedByIt.length} waited for it`;
  return ok(`${signalFunction(ending)}(${key.pid}) answered true${freed}`);
}
