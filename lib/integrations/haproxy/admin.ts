import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { askProcess, exchange, type Reach, statsRequest } from "#lib/integrations/haproxy/ask.ts";
import type { ProcessConfig, SocketProcess, StatsProcess } from "#lib/integrations/haproxy/config.ts";
import type { AdminState, ServerState } from "#lib/integrations/haproxy/detail.ts";
import { type ProcessReading, type StatRow, textOf } from "#lib/integrations/haproxy/parse.ts";
import { adminOf, stateOf } from "#lib/integrations/haproxy/status.ts";

/** A server by both its names. Only what HAProxy itself allows in a name gets this far, so it cannot end a command. */
export interface ServerKey {
  readonly backend: string;
  readonly server: string;
}

export type WantedState = "ready" | "drain" | "maint";

/** One server on one process, as it is right now. */
export interface ServerNow {
  readonly row: StatRow;
  readonly state: ServerState;
  readonly status: string;
  readonly admin: AdminState;
  readonly adminBits: number | null;
}

/** Deadline of one question or command to one process. */
export const commandTimeoutMs = 5_000;

/** Splits `backend/server`; `undefined` for anything HAProxy would not accept as names (configuration manual, "proxy names"). */
export function parseServerKey(text: string | undefined): ServerKey | undefined {
  const [, backend, server] = /^([\w.:-]+)\/([\w.:-]+)$/.exec(text ?? "") ?? [];
  return backend === undefined || server === undefined ? undefined : { backend, server };
}

/** Reads one server afresh. Failures: those of reaching the process, and `no-such-object`. */
export async function readServer(
  process: ProcessConfig,
  key: ServerKey,
  reach: Reach,
): Promise<Result<ServerNow & { readonly reading: ProcessReading }>> {
  const reading = await askProcess(process, reach, commandTimeoutMs);
  if (!reading.ok) return reading;
  const now = serverIn(reading.value, key);
  if (now === undefined) {
    return err(failure("no-such-object", `${process.name} has no server ${key.backend}/${key.server}`));
  }
  return ok({ ...now, reading: reading.value });
}

/** One server within what a process told. */
export function serverIn(reading: ProcessReading, key: ServerKey): ServerNow | undefined {
  const isIt = (row: StatRow) => row.kind === "server" && row.proxy === key.backend && row.name === key.server;
  const row = reading.rows.find(isIt);
  if (row === undefined) return undefined;
  const adminBits = reading.states?.get(`${key.backend}/${key.server}`)?.adminBits ?? null;
  const status = textOf(row, "status") ?? "unknown";
  const state = stateOf(status, adminBits);
  return { row, state, status, admin: adminOf(state, adminBits), adminBits };
}

/**
 * Sets a server's administrative state at run time. Over the socket an empty line means done and any text is an error
 * (HAProxy management guide, "set server"); over the stats page the code in the redirect's address tells.
 */
export function setState(
  process: ProcessConfig,
  key: ServerKey,
  wanted: WantedState,
  reach: Reach,
): Promise<Result<null>> {
  return "stats" in process ? postState(process, key, wanted, reach) : sendState(process, key, wanted, reach);
}

/** The command or request as a person would give it. */
export function commandFor(process: ProcessConfig, { backend, server }: ServerKey, wanted: WantedState): string {
  return "stats" in process
    ? `POST ${process.stats} s=${server} action=${wanted} b=${backend}`
    : `set server ${backend}/${server} state ${wanted}`;
}

/** Whether this process lets us change states. Asks without changing anything. Failure: `forbidden`, or why it cannot be asked. */
export async function checkRight(
  process: ProcessConfig,
  key: Pick<ServerKey, "backend">,
  reach: Reach,
): Promise<Result<string>> {
  if ("stats" in process) {
    // A form without a server changes nothing, and is denied all the same where changes are.
    const code = await post(process, `action=drain&b=${encodeURIComponent(key.backend)}`, reach);
    if (!code.ok) return code;
    return code.value === "DENY" ? err(deniedBy(process)) : ok(`${process.name}: the stats page allows changes`);
  }
  const answer = await exchange(process, "show cli level\n", reach, commandTimeoutMs);
  if (!answer.ok) return answer;
  const level = foreignLine(answer.value, 60);
  return level === "admin" ? ok(`${process.name}: level admin`) : err(deniedBy(process, `level ${level}`));
}

/**
 * Gives one command to the socket. An empty line means done, any text is a refusal. Failures: `forbidden`, `no-such-object`,
 * `command-failed`, and those of reaching the process.
 */
export async function command(process: SocketProcess, text: string, reach: Reach): Promise<Result<null>> {
  const answer = await exchange(process, `${text}\n`, reach, commandTimeoutMs);
  if (!answer.ok) return answer;
  const said = foreignLine(answer.value);
  if (said === "") return ok(null);
  if (said.startsWith("Permission denied")) return err(deniedBy(process, said));
  if (/^(No such (server|backend|frontend)|Unknown map|Key not found|entry not found)/i.test(said)) {
    return err(failure("no-such-object", `${process.name} does not know what the command names`, { said }));
  }
  return err(failure("command-failed", `${process.name} refused the command`, { said }));
}

async function sendState(
  process: SocketProcess,
  key: ServerKey,
  wanted: WantedState,
  reach: Reach,
): Promise<Result<null>> {
  return await command(process, commandFor(process, key, wanted), reach);
}

async function postState(
  process: StatsProcess,
  key: ServerKey,
  wanted: WantedState,
  reach: Reach,
): Promise<Result<null>> {
  const form = new URLSearchParams({ s: key.server, action: wanted, b: key.backend }).toString();
  const code = await post(process, form, reach);
  if (!code.ok) return code;
  switch (code.value) {
    case "DONE":
      return ok(null);
    case "DENY":
      return err(deniedBy(process));
    case "ERRP":
    case "PART":
      return err(
        failure("no-such-object", `${process.name} has no server ${key.backend}/${key.server}`, { said: code.value }),
      );
    default:
      return err(failure("command-failed", `the stats page of ${process.name} did not do it`, { said: code.value }));
  }
}

/** Posts a form to the stats page; its verdict stands in the redirect's address as `;st=CODE`. */
async function post(process: StatsProcess, form: string, reach: Reach): Promise<Result<string>> {
  const request = statsRequest(process, "", reach, commandTimeoutMs);
  if (!request.ok) return request;
  const headers = { ...request.value.headers, "content-type": "application/x-www-form-urlencoded" };
  const answer = await reach.transports.http.request({ ...request.value, method: "POST", headers, body: form });
  if (!answer.ok) return answer;
  const { status, headers: told } = answer.value;
  if (status === 401) return err(failure("unauthorized", `the stats page of ${process.name} refuses the login`));
  const [, code] = /;st=([A-Z]+)/.exec(told.location ?? "") ?? [];
  return code === undefined
    ? err(failure("command-failed", `the stats page of ${process.name} answered ${status} without a verdict`))
    : ok(code);
}

function deniedBy(process: ProcessConfig, said?: string) {
  const what =
    "stats" in process
      ? `the stats page of ${process.name} does not allow changes (stats admin)`
      : `the socket of ${process.name} does not allow changes (level admin is needed)`;
  return failure("forbidden", what, said === undefined ? {} : { said });
}
