import { type ChildProcess, spawn } from "node:child_process";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { endedFailure } from "#lib/transports/command-failure.ts";
import { collectOutput } from "#lib/transports/command-output.ts";
import { endLocalGroup } from "#lib/transports/local-group.ts";
import { said } from "#lib/transports/said.ts";
import { errorCode } from "#lib/transports/socket-failure.ts";
import { commandWords, readingSecrets } from "#lib/transports/ssh-quote.ts";
import type { CommandAnswer, CommandRequest } from "#lib/transports/types.ts";
import { startWatch } from "#lib/transports/watch.ts";

/** After a command's exit, how long something it left in the background may keep its output open. */
const lingerMs = 1_000;
/** All that a command here inherits: the poller's own environment holds secrets. */
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/**
 * Runs a command on the poller's own machine, without a shell, as a process group of its own that is ended as a whole
 * when the deadline passes or the caller stops it.
 */
export async function runLocal(
  request: CommandRequest,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Result<CommandAnswer>> {
  // Throws on what could not run over ssh either, so that a kind works the same on both.
  readingSecrets(commandWords(request.argv, request.env), request.secretEnv);
  if (request.signal.aborted) return err(failure("aborted", `${request.argv[0]} on local was not started`));
  const [program, ...parameters] = request.argv;
  const own = Object.fromEntries(inherited.map((name) => [name, environment[name]]));
  const env = { ...own, ...request.env, ...request.secretEnv } as NodeJS.ProcessEnv;
  try {
    return await outcome(spawn(program, parameters, { detached: true, stdio: "pipe", env }), request);
  } catch (error) {
    // E2BIG and the like; what concerns the program itself comes as an event.
    return err(spawnFailure(error, program));
  }
}

function outcome(child: ChildProcess, request: CommandRequest): Promise<Result<CommandAnswer>> {
  const name = `${request.argv[0]} on local`;
  const watch = startWatch(request);
  const output = collectOutput(request.maxBytes, request.onLine);
  return new Promise((resolve) => {
    let linger: NodeJS.Timeout | undefined;
    let stopping = false;
    const settle = (result: Result<CommandAnswer>) => {
      clearTimeout(linger);
      watch.release();
      resolve(result);
    };
    const ended = (exitCode: number | null, signal: string | null) => {
      if (stopping) return;
      output.end();
      settle(ok({ exitCode, signal, ...output.kept() }));
    };
    child.on("error", (error) => settle(err(spawnFailure(error, request.argv[0]))));
    child.on("exit", (code, signal) => {
      linger = setTimeout(ended, lingerMs, code, signal);
    });
    child.on("close", ended);
    child.stdout?.on("data", (chunk: Buffer) => output.write("stdout", chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.write("stderr", chunk));
    // A command that does not read its input closes it early.
    child.stdin?.on("error", () => child.stdin?.destroy());
    child.stdin?.end(request.stdin ?? "");
    watch.whenStopped(async (reason) => {
      if (child.pid === undefined || stopping) return;
      stopping = true;
      const ending = await endLocalGroup(child.pid);
      output.end();
      settle(
        err(endedFailure(reason, name, request.timeoutMs, ending, output.kept(), { host: "local", pid: child.pid })),
      );
    });
  });
}

function spawnFailure(error: unknown, program: string): Failure {
  switch (errorCode(error)) {
    case "ENOENT":
      return failure("command-not-found", `${program} is not installed on local`);
    case "EACCES":
    case "EPERM":
      return failure("forbidden", `${program} on local may not be run`);
    default:
      return failure("internal", `${program} on local could not be started`, said(String(error)));
  }
}
