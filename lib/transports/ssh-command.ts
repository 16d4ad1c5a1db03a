import type { ClientChannel } from "ssh2";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Ending, endedFailure } from "#lib/transports/command-failure.ts";
import { type CommandOutput, collectOutput } from "#lib/transports/command-output.ts";
import { endingCommand, findMark, remoteCommand } from "#lib/transports/remote-script.ts";
import { openSession } from "#lib/transports/ssh-channel.ts";
import type { Connection } from "#lib/transports/ssh-connection.ts";
import type { CommandAnswer, CommandRequest, HostName } from "#lib/transports/types.ts";
import type { StopReason, Watch } from "#lib/transports/watch.ts";

/** After a command's exit, how long something it left in the background may keep its output open. */
const lingerMs = 1_000;
/** How long ending a command may take: TERM, a second, KILL, a second, and all the time a host in trouble needs for it. */
const endTimeoutMs = 8_000;
/** A host that does not even open a second channel within this is not going to end anything. */
const endOpenTimeoutMs = 3_000;
/** How long the mark of a command just started is waited for, when it has to be ended at once. */
const markTimeoutMs = 1_000;

/** One command for one host. */
export interface RemoteRun {
  readonly host: HostName;
  readonly request: CommandRequest;
  readonly asked: AskedCommand;
}

/** A command as sshd gets it. */
export interface AskedCommand {
  readonly text: string;
  readonly stdin: string;
  /** Begins the line on stderr that tells the process group. */
  readonly mark: string;
  /** What ends it over there; `null` while nobody knows how. */
  readonly end: (group: number | null) => string | null;
}

/** Words for the host's shell. `stdin` is what the program reads. */
export function askShell(words: readonly string[], stdin: string, timeoutMs: number): AskedCommand {
  const { text, mark } = remoteCommand(words, Math.ceil(timeoutMs / 1_000) + 5);
  return { text, stdin, mark, end: (group) => (group === null ? null : endingCommand(group)) };
}

/**
 * Runs a command on a connection. The failure `reset` without `mayStillRun` means that nothing was started. When the
 * deadline passes or the caller stops it, the command is ended over there by a second channel, because closing the first
 * ends nothing (OpenSSH leaves a command without a terminal running), and the failure says whether that was proven.
 */
export async function runRemote(connection: Connection, run: RemoteRun, watch: Watch): Promise<Result<CommandAnswer>> {
  const running = new Running(connection, run, watch);
  const opened = await openSession(connection, run.asked.text, (channel) => running.start(channel), watch);
  if (opened.ok) return await running.result;
  if (opened.error.kind !== "timeout" && opened.error.kind !== "aborted") return opened;
  // sshd may have taken the command and not said so yet. On a connection that goes away it starts nothing more.
  connection.retire();
  return err({ ...opened.error, mayStillRun: true, runsOn: { host: run.host, pid: null } });
}

class Running {
  readonly result: Promise<Result<CommandAnswer>>;
  readonly #resolve: (result: Result<CommandAnswer>) => void;
  readonly #connection: Connection;
  readonly #name: string;
  readonly #host: HostName;
  readonly #request: CommandRequest;
  readonly #asked: AskedCommand;
  readonly #watch: Watch;
  readonly #output: CommandOutput;
  readonly #errors: ReturnType<typeof findMark>;
  readonly #group = Promise.withResolvers<number | null>();
  #channel: ClientChannel | null = null;
  #exit: { readonly exitCode: number | null; readonly signal: string | null } | null = null;
  #linger: NodeJS.Timeout | undefined;
  #stopping = false;
  #settled = false;

  constructor(connection: Connection, run: RemoteRun, watch: Watch) {
    ({ promise: this.result, resolve: this.#resolve } = Promise.withResolvers<Result<CommandAnswer>>());
    this.#connection = connection;
    this.#host = run.host;
    this.#name = `${run.request.argv[0]} on ${run.host}`;
    this.#request = run.request;
    this.#asked = run.asked;
    this.#watch = watch;
    const output = collectOutput(run.request.maxBytes, run.request.onLine);
    this.#output = output;
    this.#errors = findMark(run.asked.mark, this.#group.resolve, (chunk) => output.write("stderr", chunk));
  }

  start(channel: ClientChannel): void {
    this.#channel = channel;
    // Both are read to the end whatever is kept of them: an unread one stops the other at ssh's window of 2 MB.
    channel.on("data", (chunk: Buffer) => this.#output.write("stdout", chunk));
    channel.stderr.on("data", (chunk: Buffer) => this.#errors.write(chunk));
    channel.on("exit", (exitCode: number | null, signal?: string) => {
      this.#exit = { exitCode, signal: signal ?? null };
      this.#linger = setTimeout(() => this.#closed(), lingerMs);
    });
    channel.on("close", () => this.#closed());
    this.#watch.whenStopped((reason) => void this.#stop(reason));
    channel.end(this.#asked.stdin);
  }

  #closed(): void {
    if (this.#settled || this.#stopping) return;
    if (this.#exit === null && !this.#connection.alive) {
      this.#settle(
        err(
          failure("reset", `the ssh connection broke while ${this.#name} ran`, {
            mayStillRun: true,
            runsOn: { host: this.#host, pid: null },
          }),
        ),
      );
      return;
    }
    this.#endOutput();
    // Some servers close without telling the exit; that is an answer without an exit code.
    const exit = this.#exit ?? { exitCode: null, signal: null };
    this.#settle(ok({ ...exit, ...this.#output.kept() }));
  }

  async #stop(reason: StopReason): Promise<void> {
    if (this.#exit) {
      this.#closed();
      return;
    }
    this.#stopping = true;
    const pid = await this.#groupInTime();
    const end = this.#asked.end(pid);
    const ending = end === null ? "unknown" : await endGroup(this.#connection, end);
    this.#endOutput();
    const place = { host: this.#host, pid };
    this.#settle(err(endedFailure(reason, this.#name, this.#request.timeoutMs, ending, this.#output.kept(), place)));
  }

  async #groupInTime(): Promise<number | null> {
    const timer = setTimeout(() => this.#group.resolve(null), markTimeoutMs);
    const group = await this.#group.promise;
    clearTimeout(timer);
    return group;
  }

  #endOutput(): void {
    this.#errors.end();
    this.#output.end();
  }

  #settle(result: Result<CommandAnswer>): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#linger);
    this.#watch.whenStopped(null);
    this.#channel?.close();
    this.#resolve(result);
  }
}

/** Ends a process group by a channel of its own and says what is known of it then. A connection that does not answer is given up. */
function endGroup(connection: Connection, command: string): Promise<Ending> {
  return new Promise((resolve) => {
    let printed = "";
    let channel: ClientChannel | undefined;
    const settle = () => {
      clearTimeout(timer);
      if (channel) channel.close();
      else connection.retire();
      const word = printed.trim();
      resolve(word === "gone" || word === "remains" ? word : "unknown");
    };
    let timer = setTimeout(settle, endOpenTimeoutMs);
    const attach = (opened: ClientChannel) => {
      channel = opened;
      clearTimeout(timer);
      timer = setTimeout(settle, endTimeoutMs);
      opened.on("data", (chunk: Buffer) => {
        if (printed.length < 100) printed += chunk.toString("latin1");
      });
      opened.stderr.resume();
      opened.on("close", settle);
      opened.end();
    };
    void openSession(connection, command, attach).then((opened) => opened.ok || settle());
  });
}
