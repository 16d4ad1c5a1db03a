import { type Failure, failure } from "#lib/core/failure.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { Action, ActionContext, ActionPlan, Check, CheckResult, Step } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { versionQuery } from "#lib/integrations/postgres/queries.ts";
import { number, type Row } from "#lib/integrations/postgres/row.ts";
import { actingTarget } from "#lib/integrations/postgres/target.ts";

export type PostgresAction = Action<PostgresConfig, PostgresDetail>;
export type PostgresPlan = ActionPlan<PostgresConfig, PostgresDetail>;
export type PostgresCheck = Check<PostgresConfig, PostgresDetail>;
export type PostgresStep = Step<PostgresConfig, PostgresDetail>;
export type Context = ActionContext<PostgresConfig, PostgresDetail>;
/** What is needed to ask a server something: an action's context, or a guard's. */
export type Asking = Pick<Context, "config" | "transports" | "secret" | "signal">;

const statementTimeoutMs = 5_000;
const maxBytes = 500_000;

/** One statement on a node, as the role that acts. */
export async function ask(
  context: Asking,
  node: PostgresNodeConfig,
  sql: string,
  values: readonly unknown[] = [],
  timeoutMs = statementTimeoutMs,
): Promise<Result<Row[], Failure>> {
  const target = actingTarget(context.config, node, context.secret);
  if (!target.ok) return target;
  const { signal } = context;
  return await context.transports.postgres.query(target.value, sql, values, { timeoutMs, signal, maxBytes });
}

/** `server_version_num` of a node. */
export async function versionOf(context: Asking, node: PostgresNodeConfig): Promise<Result<number>> {
  const answer = await ask(context, node, versionQuery);
  if (!answer.ok) return answer;
  const version = number(answer.value[0]?.version_num);
  return version === null
    ? { ok: false, error: failure("malformed", `${node.name} did not tell its version`) }
    : { ok: true, value: version };
}

/** The node of that name. Failure: no-such-object. */
export function nodeNamed(config: PostgresConfig, name: string | undefined): Result<PostgresNodeConfig> {
  const node = config.nodes.find((each) => each.name === name);
  if (node !== undefined) return { ok: true, value: node };
  return err(failure("no-such-object", `this service has no node ${name?.slice(0, 80) ?? "(none named)"}`));
}

export function pass(evidence: string): CheckResult {
  return { verdict: "pass", evidence };
}

export function warn(evidence: string): CheckResult {
  return { verdict: "warn", evidence };
}

export function block(evidence: string): CheckResult {
  return { verdict: "block", evidence };
}

export function unknown(evidence: string): CheckResult {
  return { verdict: "unknown", evidence };
}
