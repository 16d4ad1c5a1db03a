import { setTimeout as pause } from "node:timers/promises";
import type { ClientCallback, ClientChannel } from "ssh2";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Address, formatAddress } from "#lib/transports/address.ts";
import { said } from "#lib/transports/said.ts";
import type { Connection } from "#lib/transports/ssh-connection.ts";
import { stoppedFailure, type Watch } from "#lib/transports/watch.ts";

/** How long sshd may take to open a channel, if the caller's own deadline is not nearer. */
const openTimeoutMs = 10_000;

/** sshd counts a session for a moment after it ended, so that a refused one is asked for again; this often and this long. */
const retryEveryMs = 50;
const retryForMs = 2_000;

/**
 * Starts a command on a connection. `attach` gets the channel at once: a short command's exit comes in the same packet as
 * the confirmation, and listeners added a moment later would miss it. Failures: `reset` when the connection is dead
 * (with `mayStillRun` unless nothing can have been started), `timeout`, `aborted`, `too-many-connections`, `forbidden`.
 */
export async function openSession(
  connection: Connection,
  command: string,
  attach: (channel: ClientChannel) => void,
  watch?: Watch,
): Promise<Result<ClientChannel>> {
  const startedAt = performance.now();
  const opening: Opening = {
    open: (done) => connection.client.exec(command, done),
    explain: (error) => sessionFailure(error, connection),
    attach,
    watch,
  };
  for (;;) {
    const opened = await openChannel(connection, opening);
    if (opened.ok || opened.error.kind !== "too-many-connections") return opened;
    if (watch?.stopped || performance.now() - startedAt > retryForMs) return opened;
    await pause(retryEveryMs);
  }
}

/** Opens a stream from an ssh host to an address as that host sees it. Failures besides those of a channel: those of connecting. */
export function openForward(connection: Connection, address: Address, watch?: Watch): Promise<Result<ClientChannel>> {
  const { client } = connection;
  return openChannel(connection, {
    open(done) {
      if (address.type === "unix") client.openssh_forwardOutStreamLocal(address.path, done);
      else client.forwardOut("127.0.0.1", 0, address.host, address.port, done);
    },
    explain: (error) => (connection.alive ? forwardFailure(error, address, connection.place) : broken(connection)),
    attach: () => {},
    watch,
  });
}

interface Opening {
  readonly open: (done: ClientCallback) => void;
  readonly explain: (error: Error) => Failure;
  readonly attach: (channel: ClientChannel) => void;
  readonly watch: Watch | undefined;
}

function openChannel(connection: Connection, opening: Opening): Promise<Result<ClientChannel>> {
  const { watch } = opening;
  const waitedFor = `no answer from sshd at ${connection.place}`;
  return new Promise((resolve) => {
    let settled = false;
    const settle = (result: Result<ClientChannel>) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      watch?.whenStopped(null);
      resolve(result);
    };
    const timer = setTimeout(() => {
      const what = `${waitedFor} within ${formatDuration(openTimeoutMs)}`;
      settle(err(failure("timeout", what, { afterMs: openTimeoutMs })));
    }, openTimeoutMs);
    watch?.whenStopped((reason) => settle(err(stoppedFailure(reason, watch, waitedFor))));
    if (settled) return;
    try {
      opening.open((error, channel) => {
        if (error) {
          settle(err(opening.explain(error)));
          return;
        }
        // For the channel's life: an error that nobody hears ends the process.
        channel.on("error", () => channel.destroy());
        if (settled) {
          channel.close();
          return;
        }
        settle(ok(channel));
        opening.attach(channel);
      });
    } catch {
      // ssh2 throws before it sends anything, when its socket is no longer writable.
      connection.retire();
      settle(err(broken(connection)));
    }
  });
}

function broken(connection: Connection): Failure {
  return failure("reset", `the ssh connection to ${connection.place} broke`);
}

/** RFC 4254, 5.1: reason codes of a channel that was not opened. */
const prohibited = 1;

function sessionFailure(error: Error, connection: Connection): Failure {
  if (!connection.alive) {
    // ssh2's words for a channel that never opened, so that the command was never asked for. Any others: it may have been.
    const neverSent = error.message === "No response from server";
    return neverSent ? broken(connection) : { ...broken(connection), mayStillRun: true };
  }
  const { place } = connection;
  return reasonOf(error) === null
    ? failure("forbidden", `${place} does not run commands for this user`, said(error.message))
    : failure("too-many-connections", `${place} opens no further session`, said(error.message));
}

function forwardFailure(error: Error, address: Address, place: string): Failure {
  const target = formatAddress(address);
  const seen = `${target} as seen from ${place}`;
  const text = error.message;
  if (reasonOf(error) === prohibited) {
    return failure("forbidden", `sshd at ${place} does not allow forwarding to ${target}`, said(text));
  }
  // The reason code is the same for all of them; OpenSSH adds strerror(3)'s words.
  if (/refused/i.test(text)) return failure("refused", `${seen} refused the connection`);
  if (/timed out/i.test(text)) return failure("timeout", `${seen} gave no answer`);
  if (/not known|resolve|no address/i.test(text)) {
    return failure("name-not-found", `the name of ${seen} does not resolve`);
  }
  if (address.type === "unix") {
    const causes = "no such socket, nobody listens there, or no permission";
    return failure("not-running", `sshd at ${place} cannot connect to ${target}: ${causes}`, said(text));
  }
  return failure("unreachable", `no connection to ${seen}`, said(text));
}

function reasonOf(error: Error): number | null {
  return "reason" in error && typeof error.reason === "number" ? error.reason : null;
}
