import { type Failure, failure } from "#lib/core/failure.ts";
import { askShell, runRemote } from "#lib/transports/ssh-command.ts";
import type { Connection } from "#lib/transports/ssh-connection.ts";
import type { HostName } from "#lib/transports/types.ts";
import { startWatch, type Watch } from "#lib/transports/watch.ts";

const script = `
if [ -S "$1" ]; then if [ -w "$1" ]; then echo idle; else echo forbidden; fi
elif [ -e "$1" ]; then echo other
else echo missing; fi`;
const timeoutMs = 2_000;

/**
 * Why sshd could not connect to a Unix socket. It says "open failed" for all causes alike, so the host is asked; where
 * the user may run no commands, the failure that was told stays.
 */
export async function explainSocket(
  connection: Connection,
  host: HostName,
  path: string,
  told: Failure,
  watch: Watch,
): Promise<Failure> {
  const bounds = {
    timeoutMs: Math.min(timeoutMs, watch.leftMs()),
    maxBytes: 1_000,
    signal: new AbortController().signal,
  };
  const own = startWatch(bounds);
  const argv = ["sh", "-c", script, "sh", path] as const;
  const answer = await runRemote(
    connection,
    { host, request: { ...bounds, argv: [...argv] }, asked: askShell(argv, "", bounds.timeoutMs) },
    own,
  );
  own.release();
  switch (answer.ok ? answer.value.stdout.trim() : "") {
    case "missing":
      return failure("not-running", `there is no socket ${path} on ${host} that the user of ssh can see`);
    case "other":
      return failure("not-running", `${path} on ${host} is not a socket`);
    case "forbidden":
      return failure("forbidden", `the user of ssh may not write to ${path} on ${host}`);
    case "idle":
      return failure(
        "not-running",
        `nobody listens on ${path} on ${host}, or sshd there forbids forwarding (AllowStreamLocalForwarding)`,
      );
    default:
      return told;
  }
}
