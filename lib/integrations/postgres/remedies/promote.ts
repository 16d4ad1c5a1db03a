import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { ask, type Context, type PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";
import { type Facts, look } from "#lib/integrations/postgres/remedies/look.ts";
import { machineOf, mustRunOn } from "#lib/integrations/postgres/remedies/machine.ts";
import { flag } from "#lib/integrations/postgres/row.ts";

/** How a standby is made the primary: by its own function (12 and newer), by `pg_ctl` on its machine, or by its trigger file. */
export type PromoteWay = "pg_promote()" | "pg_ctl promote" | "trigger file";

/** The first way that is open; `null`: none. */
export function promoteWay(node: PostgresNodeConfig, facts: Pick<Facts, "mayPromote">): PromoteWay | null {
  if (facts.mayPromote) return "pg_promote()";
  if (node.machine === undefined) return null;
  return node.machine.promoteFile === undefined ? "pg_ctl promote" : "trigger file";
}

const waitMs = 60_000;

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
      const now = await look(context, node);
      if (!now.ok) return now;
      const words = now.value.inRecovery ? "is still a standby" : `takes writes on timeline ${now.value.timeline}`;
      return ok({ stands: !now.value.inRecovery, evidence: `${node.name} ${words}` });
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
