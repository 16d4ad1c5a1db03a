import type { ActionConfig, CheckConfig } from "#lib/config/actions-schema.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { searchFor } from "#lib/core/search-text.ts";
import type { ActionContext } from "#lib/integrations/integration.ts";
import type { Place } from "#lib/remediation/declared/place.ts";
import type { CommandAnswer } from "#lib/transports/types.ts";

/** A command of a declared action with its parameters filled in. */
export interface FilledCommand {
  readonly place: Place;
  readonly argv: readonly [string, ...string[]];
  readonly of: Pick<ActionConfig, "env" | "secrets">;
}

const maxBytes = 256_000;

/** Runs it there; any exit code is an answer. Failures: those of ssh, `secret-missing`, and `malformed` for a secret of several lines. */
export async function runCommand(
  context: ActionContext,
  { place, argv, of }: FilledCommand,
  timeoutMs: number,
  told: boolean,
): Promise<Result<CommandAnswer>> {
  const secretEnv: Record<string, string> = {};
  for (const [name, reference] of Object.entries(of.secrets)) {
    const secret = context.secret(reference);
    if (!secret.ok) return secret;
    if (/[\0\n]/.test(secret.value)) {
      return err(
        failure("malformed", `the secret ${reference} for ${name} has several lines and cannot be handed over`),
      );
    }
    secretEnv[name] = secret.value;
  }
  return await context.transports.ssh.run(place.host, {
    argv,
    env: of.env,
    secretEnv,
    timeoutMs,
    signal: context.signal,
    maxBytes,
    ...(told ? { onLine: (line: string) => context.output(line, place.name) } : {}),
  });
}

/** Does what the action is for. An exit code other than 0 is the failure `command-failed`, or the one that it means. */
export async function doCommand(
  context: ActionContext,
  command: FilledCommand,
  timeoutMs: number,
): Promise<Result<string>> {
  const answer = await runCommand(context, command, timeoutMs, true);
  if (!answer.ok) return answer;
  return answer.value.exitCode === 0
    ? ok(`${command.argv[0]} ended with code 0`)
    : err(endFailure(answer.value, command));
}

function endFailure(answer: CommandAnswer, { argv, place }: FilledCommand): Failure {
  const { exitCode, signal, stdout, stderr } = answer;
  const words = foreignLine((stderr.trim() === "" ? stdout : stderr).trim().slice(-300));
  const said = words === "" ? {} : { said: words };
  if (/sudo: .{0,300}(password is required|terminal is required|not allowed)/.test(stderr.slice(0, 2_000))) {
    return failure("sudo-required", `the user on ${place.host} lacks the sudo right for ${argv.join(" ")}`, said);
  }
  if (exitCode === 127) return failure("command-not-found", `${argv[0]} is not there on ${place.host}`, said);
  return failure("command-failed", `${argv[0]} on ${place.host} ended ${endOf(exitCode, signal)}`, said);
}

function endOf(exitCode: number | null, signal: string | null): string {
  return exitCode === null ? `by signal ${signal ?? "unknown"}` : `with code ${exitCode}`;
}

/** Whether a check's program ended as it should and printed what it should, with what was seen. */
export async function lookBy(
  context: ActionContext,
  check: Pick<CheckConfig, "exit" | "stdout">,
  command: FilledCommand,
): Promise<Result<{ readonly holds: boolean; readonly evidence: string }>> {
  const answer = await runCommand(context, command, lookTimeoutMs, false);
  if (!answer.ok) return answer;
  const { exitCode, signal, stdout } = answer.value;
  const printed = foreignLine(stdout.trim().slice(0, 200));
  const says = printed === "" ? "printed nothing" : `printed “${printed}”`;
  const end = `${command.argv[0]} ended ${endOf(exitCode, signal)} and ${says}`;
  if (exitCode !== check.exit) return ok({ holds: false, evidence: `${end} (wanted code ${check.exit})` });
  if (check.stdout === undefined) return ok({ holds: true, evidence: end });
  const search = searchFor(check.stdout);
  const found = search.ok ? search.value(stdout) : ok(false);
  if (!found.ok) return found;
  return ok({ holds: found.value, evidence: found.value ? end : `${end} (wanted ${check.stdout})` });
}

/** Under the deadline that the engine gives a check. */
const lookTimeoutMs = 12_000;
