import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking } from "#lib/integrations/postgres/remedies/ask.ts";
import {
  primaryScript,
  standbyScript,
  standbySetScript,
  stopScript,
} from "#lib/integrations/postgres/remedies/scripts.ts";
import type { CommandAnswer } from "#lib/transports/types.ts";

/** What can be done with a server's files and process, on its machine, as their owner. */
export type Machine = NonNullable<PostgresNodeConfig["machine"]>;

/** What is asked of a machine: a run's context, or a guard's. Lines go to the run's journal where there is one. */
export type OnMachine = Asking & { readonly output?: (line: string, node?: string) => void };

/** Of `pg_controldata`: what the files say while no server runs, or whatever it wrote last. */
export interface ControlData {
  /** `shut down`, `in production`, `in archive recovery`, … */
  readonly state: string;
  readonly systemId: string;
  readonly checkpointLsn: string;
  readonly timeline: number;
  readonly checksums: boolean;
  readonly hints: boolean;
}

const maxBytes = 100_000;

/** Failure: no-such-object when the configuration does not say where the node runs. */
export function machineOf(node: PostgresNodeConfig): Result<Machine> {
  if (node.machine !== undefined) return ok(node.machine);
  return err(failure("no-such-object", `the configuration does not say on which machine ${node.name} runs`));
}

/** Any exit code is an answer. */
export async function runOn(
  context: OnMachine,
  node: PostgresNodeConfig,
  argv: readonly [string, ...string[]],
  more: { readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>>; readonly tell?: boolean } = {},
): Promise<Result<CommandAnswer>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { timeoutMs = 10_000, env = {}, tell = false } = more;
  return await context.transports.ssh.run(machine.value.host, {
    argv,
    env: { LC_ALL: "C", ...env },
    timeoutMs,
    signal: context.signal,
    maxBytes,
    ...(tell ? { onLine: (line: string) => context.output?.(line, node.name) } : {}),
  });
}

/** The same, and any exit code but 0 is the failure `command-failed`. */
export async function mustRunOn(...parts: Parameters<typeof runOn>): Promise<Result<CommandAnswer>> {
  const answer = await runOn(...parts);
  if (!answer.ok || answer.value.exitCode === 0) return answer;
  const [, node, argv] = parts;
  const { exitCode, stderr, stdout } = answer.value;
  const program = argv[0].split("/").at(-1);
  const said = foreignLine((stderr.trim() || stdout.trim()).slice(-600));
  return err(failure("command-failed", `${program} on ${node.name} ended with ${exitCode}`, { said }));
}

/** Whether a server runs on those files. Exit codes of `pg_ctl status`: 0 it runs, 3 it does not. */
export async function isRunning(context: OnMachine, node: PostgresNodeConfig): Promise<Result<boolean>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const answer = await runOn(context, node, [`${bin}/pg_ctl`, "-D", data, "status"]);
  if (!answer.ok) return answer;
  if (answer.value.exitCode === 0) return ok(true);
  if (answer.value.exitCode === 3) return ok(false);
  const said = foreignLine(answer.value.stderr);
  return err(failure("command-failed", `pg_ctl on ${node.name} cannot tell whether it runs`, { said }));
}

/** What `pg_controldata` says. Failures: command-failed, malformed, and those of ssh. */
export async function readControl(context: OnMachine, node: PostgresNodeConfig): Promise<Result<ControlData>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const answer = await mustRunOn(context, node, [`${bin}/pg_controldata`, data]);
  return answer.ok ? parseControl(answer.value.stdout, node.name) : answer;
}

/** Pure; exported for the recordings. */
export function parseControl(text: string, node: string): Result<ControlData> {
  const fields = new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, name, value] = /^([^:]+):\s+(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name.trim(), value.trim()]];
    }),
  );
  const state = fields.get("Database cluster state");
  const systemId = fields.get("Database system identifier");
  const checkpointLsn = fields.get("Latest checkpoint location");
  const timeline = Number(fields.get("Latest checkpoint's TimeLineID"));
  if (!state || !/^\d+$/.test(systemId ?? "") || !/^[0-9A-F]+\/[0-9A-F]+$/i.test(checkpointLsn ?? "")) {
    return err(failure("malformed", `pg_controldata on ${node} does not say what it should`));
  }
  return ok({
    state,
    systemId: systemId ?? "",
    checkpointLsn: checkpointLsn ?? "",
    timeline: Number.isInteger(timeline) ? timeline : 0,
    checksums: (fields.get("Data page checksum version") ?? "0") !== "0",
    hints: fields.get("wal_log_hints setting") === "on",
  });
}

/** Shuts it down: sessions are ended, what is committed is sent to the standbys. One that does not run is fine. */
export async function stopServer(
  context: OnMachine,
  node: PostgresNodeConfig,
  mode: "fast" | "immediate" = "fast",
): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const running = await isRunning(context, node);
  if (!running.ok) return running;
  if (!running.value) return ok(`${node.name} did not run`);
  const { bin, data } = machine.value;
  const stop = [`${bin}/pg_ctl`, "-D", data, "-m", mode, "-w", "-t", "60", "-s", "stop"] as const;
  const stopped = await mustRunOn(context, node, [...stop], { timeoutMs: 65_000, tell: true });
  return stopped.ok ? ok(`${node.name} was shut down (${mode})`) : stopped;
}

/** One that runs already is fine. */
export async function startServer(context: OnMachine, node: PostgresNodeConfig): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const running = await isRunning(context, node);
  if (!running.ok) return running;
  if (running.value) return ok(`${node.name} runs already`);
  const { bin, data, start } = machine.value;
  const usual = [`${bin}/pg_ctl`, "-D", data, "-l", `${data}/pitwall-start.log`, "-w", "-t", "60", "-s", "start"];
  const [program = "", ...rest] = start ?? usual;
  const started = await mustRunOn(context, node, [program, ...rest], { timeoutMs: 70_000, tell: true });
  return started.ok ? ok(`${node.name} was started`) : started;
}

/** Shuts it down, makes it a standby for whoever starts it next, and tells how it ended. */
export async function stopAsStandby(
  context: OnMachine,
  node: PostgresNodeConfig,
  { conninfo, slot, versionNum }: StandbySettings,
): Promise<Result<ControlData>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const modern = versionNum >= 120_000 ? "1" : "0";
  const script = ["sh", "-c", stopScript, "sh", data, conninfo, slot ?? "", modern, bin] as const;
  const done = await mustRunOn(context, node, script, { timeoutMs: 75_000 });
  return done.ok ? parseControl(done.value.stdout, node.name) : done;
}

export interface StandbySettings {
  readonly conninfo: string;
  readonly slot: string | null;
  readonly versionNum: number;
}

/** Makes that whoever starts it next starts a standby of another node, and no primary. */
export async function makeStandby(
  context: OnMachine,
  node: PostgresNodeConfig,
  { conninfo, slot, versionNum }: StandbySettings,
): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const modern = versionNum >= 120_000 ? "1" : "0";
  const script = ["sh", "-c", standbyScript, "sh", machine.value.data, conninfo, slot ?? "", modern] as const;
  const done = await mustRunOn(context, node, script);
  return done.ok ? ok(`${node.name} is set to start as a standby`) : done;
}

/** Takes it back, for an undo only: the caller has made sure that no other node takes writes. */
export async function makePrimary(context: OnMachine, node: PostgresNodeConfig): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const done = await mustRunOn(context, node, ["sh", "-c", primaryScript, "sh", machine.value.data]);
  return done.ok ? ok(`${node.name} is set to start as it was`) : done;
}

/** Whether it is set to start as a standby. */
export async function isStandbySet(context: OnMachine, node: PostgresNodeConfig): Promise<Result<boolean>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { data } = machine.value;
  const answer = await runOn(context, node, ["sh", "-c", standbySetScript, "sh", data]);
  if (!answer.ok) return answer;
  return ok(answer.value.exitCode === 0);
}

/** Reads its settings again without a restart. */
export async function reloadServer(context: OnMachine, node: PostgresNodeConfig): Promise<Result<string>> {
  const machine = machineOf(node);
  if (!machine.ok) return machine;
  const { bin, data } = machine.value;
  const done = await mustRunOn(context, node, [`${bin}/pg_ctl`, "-D", data, "-s", "reload"]);
  return done.ok ? ok(`${node.name} reads its settings again`) : done;
}

const unquoted = /^[\w.:@/+-]+$/;

/** How `node` connects to `primary` as a standby. Failures: no-such-object (not configured), malformed (needs quotes). */
export function conninfoOf(
  config: PostgresConfig,
  node: PostgresNodeConfig,
  primary: PostgresNodeConfig,
): Result<string> {
  const { standby } = config;
  if (standby === undefined) return err(failure("no-such-object", "the configuration has no `standby`"));
  const parts = {
    host: primary.address,
    port: String(primary.port),
    user: standby.user,
    application_name: node.name,
    ...(standby.passfile === undefined ? {} : { passfile: standby.passfile }),
  };
  const odd = Object.entries(parts).find(([, value]) => !unquoted.test(value));
  if (odd !== undefined) {
    return err(failure("malformed", `${odd[0]} has characters that do not belong in a connection string`));
  }
  return ok(
    Object.entries(parts)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  );
}

/** Name of the slot that a node replicates through, where slots are used. */
export function slotNameOf(node: PostgresNodeConfig): string {
  return node.name
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_")
    .slice(0, 63);
}

/**
 * Where a node's own settings are kept while its files are brought in line; outlives a rewind, which takes away what the other
 * server does not have.
 */
export function keptFolder(data: string): string {
  return `${data}.pitwall-kept`;
}

/** A file there tells that the data folder is no server's yet, whoever looks at it next. */
export function unfinishedMark(data: string): string {
  return `${keptFolder(data)}/unfinished`;
}
