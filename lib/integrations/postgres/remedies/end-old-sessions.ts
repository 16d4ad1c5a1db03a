import { formatDuration, parseDurationMs } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CheckResult, Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
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
  leftAfterSignal,
  recordColumns,
  recordLines,
  sessionSymptoms,
  signalFunction,
  spared,
  sparedValues,
} from "#lib/integrations/postgres/remedies/sessions.ts";
import { flag, integers, number, type Row, text } from "#lib/integrations/postgres/row.ts";

export const cancelOld: PostgresAction = {
  id: "cancel-old-queries",
  title: "Cancel old queries",
  about: "Stops every client statement that runs for longer than a limit; sessions stay.",
  risk: "high",
  offer: (_config, detail) => offerOf(detail, "cancel"),
  plan: (config, params, _detail) => planOf(config, params, "cancel"),
};

export const terminateOld: PostgresAction = {
  id: "terminate-old-sessions",
  title: "Terminate old sessions",
  about: "Ends every client session whose statement, or silence within a transaction, lasts longer than a limit.",
  risk: "high",
  offer: (_config, detail) => offerOf(detail, "terminate"),
  plan: (config, params, _detail) => planOf(config, params, "terminate"),
};

const limits = ["10s", "30s", "1min", "5min", "15min", "1h"];
/** More at once is no repair any more: it would be a restart, and should be called so. */
const mostAtOnce = 200;

const kinds = {
  running: { label: "Running statements", condition: "a.state = 'active' AND a.query_start < $3" },
  idle: {
    label: "Idle in a transaction",
    condition: "a.state LIKE 'idle in transaction%' AND a.state_change < $3",
  },
} as const;
type SessionKind = keyof typeof kinds;

function offerOf(detail: PostgresDetail | null, ending: Ending): Offer {
  const nodes = (detail?.nodes ?? []).filter((node) => node.failure === null && node.sessions !== null);
  const limitOptions = limits.map((value) => ({
    value,
    label: `longer than ${formatDuration(parseDurationMs(value) ?? 0)}`,
  }));
  const kindOptions = Object.entries(kinds).map(([value, { label }]) => ({ value, label }));
  return {
    params: [
      {
        name: "node",
        label: "Node",
        options: nodes.map((node) => ({ value: node.name, label: node.name, ...hintOf(node) })),
      },
      ...(ending === "cancel" ? [] : [{ name: "which", label: "Which", options: kindOptions }]),
      { name: "olderThan", label: "Older than", options: limitOptions },
    ],
    blocked: nodes.length === 0 ? "No node tells of its sessions" : null,
  };
}

function hintOf({ role, sessions }: PostgresNode): { hint: string } {
  const longest = sessions?.longestQuery?.queryAgeS;
  const words = [role, longest == null ? "no statement runs" : `longest statement ${formatDuration(longest * 1_000)}`];
  return { hint: words.filter(Boolean).join(" · ") };
}

interface Target {
  readonly node: PostgresNodeConfig;
  readonly ending: Ending;
  readonly kind: SessionKind;
  readonly olderThanMs: number;
}

function planOf(
  config: PostgresConfig,
  params: Readonly<Record<string, string>>,
  ending: Ending,
): Result<PostgresPlan> {
  const node = nodeNamed(config, params.node);
  if (!node.ok) return node;
  const kind = ending === "cancel" ? "running" : params.which;
  const olderThanMs = limits.includes(params.olderThan ?? "") ? parseDurationMs(params.olderThan ?? "") : undefined;
  if (olderThanMs === undefined || (kind !== "running" && kind !== "idle")) {
    return err(failure("no-such-object", "which sessions, and how old, must be one of the offered values"));
  }
  const target: Target = { node: node.value, ending, kind, olderThanMs };
  const words = wordsOf(target);
  return ok({
    title: `${ending === "cancel" ? "Cancel" : "Terminate"} ${words} on ${node.value.name}`,
    effect: `${ending === "cancel" ? "Their clients get an error (57014)" : "Their clients lose their connection (57P01)"} and their transactions are rolled back. What each of them ran is kept in this run. Replication, workers${config.act?.superuserSessions === true ? "" : ", superusers"} and Pitwall itself are spared.`,
    touches: [`${node.value.name} / sessions`],
    node: node.value.name,
    symptoms: sessionSymptoms,
    heals: true,
    caveat: "What the transactions did so far is lost, and their clients may simply begin again.",
    preflight: [
      {
        id: "found",
        title: `There are such sessions, at most ${mostAtOnce}`,
        run: (context) => checkFound(context, target),
      },
      {
        id: "right",
        title: "The role may end sessions of others",
        run: (context) => checkSignalRight(context, node.value),
      },
      { id: "backup", title: "No backup is among them", run: (context) => checkBackup(context, target) },
    ],
    steps: [
      {
        id: ending,
        title: `${ending === "cancel" ? "Cancel" : "Terminate"} what is older than ${formatDuration(olderThanMs)}`,
        does: `SELECT ${signalFunction(ending)}(pid) FROM pg_stat_activity WHERE ${kinds[kind].condition.replace("$3", `now() - '${params.olderThan}'`)} … LIMIT ${mostAtOnce}`,
        timeoutMs: 20_000,
        run: (context) => endAll(context, target),
        probe: async (context) => {
          const look = () => find(context, target);
          const left = await leftAfterSignal(context, look, (rows) => rows.length === 0);
          if (!left.ok) return left;
          const evidence = `${left.value.length} such sessions`;
          return ok({ stands: left.value.length === 0, evidence });
        },
      },
    ],
    verify: {
      title: `no such session is left on ${node.value.name}`,
      consecutive: 2,
      everyMs: 500,
      timeoutMs: 20_000,
      probe: async (context) => {
        const left = await find(context, target);
        if (!left.ok) return { holds: false, evidence: left.error.what };
        return {
          holds: left.value.length === 0,
          evidence: left.value.length === 0 ? "none" : `${left.value.length} left`,
        };
      },
    },
  });
}

function wordsOf({ kind, olderThanMs }: Target): string {
  const limit = formatDuration(olderThanMs);
  return kind === "running"
    ? `statements that run for over ${limit}`
    : `sessions idle in a transaction for over ${limit}`;
}

/** Of all that the role may see; a limit in time is given to the server as its own clock has it. */
async function select(context: Context, target: Target, signal: boolean): Promise<Result<Row[]>> {
  const { node, kind, ending, olderThanMs } = target;
  const version = await versionOf(context, node);
  if (!version.ok) return version;
  const { condition } = kinds[kind];
  const since = "(clock_timestamp() - $3 * interval '1 millisecond')";
  const order = "ORDER BY a.xact_start";
  const inner = `SELECT ${recordColumns} FROM pg_stat_activity a
WHERE ${spared(context.config, version.value)} AND ${condition.replaceAll("$3", since)} ${order} LIMIT ${mostAtOnce + 1}`;
  const does = signal ? `, ${signalFunction(ending)}(s.pid) AS signalled` : "";
  return await ask(context, node, `SELECT s.*${does} FROM (${inner}) s`, [
    ...sparedValues(context.config),
    olderThanMs,
  ]);
}

function find(context: Context, target: Target): Promise<Result<Row[]>> {
  return select(context, target, false);
}

async function checkFound(context: Context, target: Target): Promise<CheckResult> {
  const found = await find(context, target);
  if (!found.ok) return unknown(found.error.what);
  const count = found.value.length;
  if (count === 0) return block(`there are no ${wordsOf(target)}`);
  if (count > mostAtOnce) return block(`there are more than ${mostAtOnce}: that is no repair, but a restart`);
  const users = new Set(found.value.map((row) => text(row.usename, 60) ?? "?"));
  return pass(`${count} ${count === 1 ? "session" : "sessions"} of ${[...users].slice(0, 8).join(", ")}`);
}

async function checkBackup(context: Context, target: Target): Promise<CheckResult> {
  const found = await find(context, target);
  return found.ok ? backupCheck(found.value.map((row) => text(row.application_name, 120))) : unknown(found.error.what);
}

async function endAll(context: Context, target: Target): Promise<Result<string>> {
  const { node, ending } = target;
  const before = await find(context, target);
  if (!before.ok) return before;
  if (before.value.length === 0)
    return err(failure("no-such-object", "they ended by themselves; nothing was signalled"));
  const blocked = await askBlocked(
    context,
    node,
    before.value.flatMap((row) => number(row.pid) ?? []),
  );
  const ended = await select(context, target, true);
  if (!ended.ok) return ended;
  for (const row of ended.value) {
    const pid = number(row.pid) ?? 0;
    for (const line of recordLines(
      row,
      blocked.filter((each) => integers(each.blocked_by).includes(pid)),
    )) {
      context.output(line, node.name);
    }
  }
  const done = ended.value.filter((row) => flag(row.signalled) === true).length;
  if (ended.value.length > 0 && done === 0) return err(failure("command-failed", "no signal was taken"));
  return ok(`${done} of ${ended.value.length} signalled by ${signalFunction(ending)}`);
}
