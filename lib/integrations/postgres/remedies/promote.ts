import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { ask, type Context, type PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import { type Facts, look } from "#lib/integrations/postgres/remedies/look.ts";
import { machineOf, mustRunOn, runOn } from "#lib/integrations/postgres/remedies/machine.ts";
import { flag, text } from "#lib/integrations/postgres/row.ts";

/** How a standby is made the primary: by its own function (12 and newer), by `pg_ctl` on its machine, or by its trigger file. */
export type PromoteWay = "pg_promote()" | "pg_ctl promote" | "trigger file";

/** Since 16 no server looks for such a file. Source: its release notes. */
const noTriggerFrom = 160_000;

/** The first way that is open; `null`: none. */
export function promoteWay(
  node: PostgresNodeConfig,
  facts: Pick<Facts, "mayPromote" | "versionNum">,
): PromoteWay | null {
  if (facts.mayPromote) return "pg_promote()";
  if (node.machine === undefined) return null;
  return node.machine.promoteFile === undefined || facts.versionNum >= noTriggerFrom
    ? "pg_ctl promote"
    : "trigger file";
}

const triggerScript = `sed -n "s/^[[:space:]]*trigger_file[[:space:]]*=[[:space:]]*'\\(.*\\)'.*/\\1/p" "$1/recovery.conf"`;

/**
 * The file that the server itself watches for: a setting from 12 to 15, a line of recovery.conf before, which only its machine
 * can tell. `null`: none. Failures: those of a statement or of ssh.
 */
export async function triggerFileOf(
  context: Context,
  node: PostgresNodeConfig,
  versionNum: number,
): Promise<Result<string | null>> {
  if (versionNum >= 120_000) {
    const answer = await ask(context, node, "SELECT current_setting('promote_trigger_file', true) AS file");
    return answer.ok ? ok(text(answer.value[0]?.file, 1_000) || null) : answer;
  }
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const answer = await runOn(context, node, ["sh", "-c", triggerScript, "sh", machine.value.data]);
  return answer.ok ? ok(answer.value.stdout.trim().split("\n").at(-1) || null) : answer;
}

const waitMs = 60_000;
/**
 * A server that was told to promote by a poller that died since, and has replayed all it has, is a primary long before: it took
 * 0.1 s here. Beyond this the old primary may be started again.
 */
const settledMs = 3_000;

/** The point of no return: from here on the other node must not come back as a primary. */
export function promoteStep(node: PostgresNodeConfig): PostgresStep {
  return {
    id: "promote",
    title: `Promote ${node.name}`,
    does: `SELECT pg_promote(true, ${waitMs / 1_000}) on ${node.name}, else pg_ctl promote or its trigger file`,
    timeoutMs: waitMs + 10_000,
    noReturn: true,
    run: (context) => promote(context, node),
    probe: async (context) => {
      for (const endAt = context.now() + settledMs; ; ) {
        const now = await look(context, node);
        if (!now.ok) return now;
        const { inRecovery, timeline } = now.value;
        if (!inRecovery) return ok({ stands: true, evidence: `${node.name} takes writes on timeline ${timeline}` });
        if (context.now() > endAt) return ok({ stands: false, evidence: `${node.name} is still a standby` });
        await context.sleep(100);
      }
    },
  };
}

/** One that takes writes already is fine. A failure before the signal was given says so by its kind. */
async function promote(context: Context, node: PostgresNodeConfig): Promise<Result<string>> {
  const before = await look(context, node);
  if (!before.ok) return err(failure("refused", `${node.name} could not be asked first: ${before.error.what}`));
  if (!before.value.inRecovery) return ok(`${node.name} takes writes already, on timeline ${before.value.timeline}`);
  const way = promoteWay(node, before.value);
  if (way === null) return err(failure("missing-grant", `nobody here may promote ${node.name}`));
  const told = await tellTo(context, node, way);
  if (!told.ok) return told;
  for (;;) {
    const now = await look(context, node);
    if (now.ok && !now.value.inRecovery) {
      return ok(`${node.name} takes writes on timeline ${now.value.timeline}, by ${way}`);
    }
    await context.sleep(100);
  }
}

/** The server or the program refused: no promotion is under way, and all that came before can be taken back. */
function notTold(error: Failure): Result<never> {
  const what = error.said === undefined ? error.what : `${error.what}: ${error.said}`;
  return err(failure("forbidden", `the promotion was refused: ${what}`));
}

async function tellTo(context: Context, node: PostgresNodeConfig, way: PromoteWay): Promise<Result<null>> {
  switch (way) {
    case "pg_promote()": {
      const sql = `SELECT pg_promote(true, ${waitMs / 1_000}) AS promoted`;
      const answer = await ask(context, node, sql, [], waitMs + 2_000);
      if (!answer.ok) return answer.error.kind === "command-failed" ? notTold(answer.error) : answer;
      // `false` is no refusal: the server was told and has not ended in time (PostgreSQL documentation, Recovery Control Functions).
      const slow = `${node.name} was told to promote and had not ended after ${waitMs / 1_000} s`;
      return flag(answer.value[0]?.promoted) === true ? ok(null) : err(failure("timeout", slow));
    }
    case "pg_ctl promote":
    case "trigger file": {
      const machine = machineOf(node);
      if (!machine.ok) return machine;
      const { bin, data, promoteFile } = machine.value;
      const byProgram = [`${bin}/pg_ctl`, "-D", data, "-w", "-t", "60", "-s", "promote"] as const;
      const argv = way === "trigger file" && promoteFile ? (["touch", "--", promoteFile] as const) : byProgram;
      const done = await mustRunOn(context, node, argv, { timeoutMs: waitMs, tell: true });
      if (done.ok) return ok(null);
      // It gives up waiting, but has given the signal by then.
      const late = done.error.said?.includes("did not promote in time") === true;
      return done.error.kind === "command-failed" && !late ? notTold(done.error) : done;
    }
    default:
      return way satisfies never;
  }
}
