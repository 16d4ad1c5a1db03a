import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ProcessConfig, SocketProcess, StatsProcess } from "#lib/integrations/haproxy/config.ts";
import {
  type ProcessReading,
  parseSocketAnswer,
  parseStatCsv,
  parseStatJson,
  socketCommands,
} from "#lib/integrations/haproxy/parse.ts";
import type { HttpRequest, Transports } from "#lib/transports/types.ts";

/** What it takes to reach a process. */
export interface Reach {
  readonly transports: Transports;
  readonly secret: (reference: string) => Result<string>;
  readonly signal: AbortSignal;
}

/** Room for some 15 000 rows as CSV, and 500 as JSON. */
const maxBytes = 8_000_000;

/** Asks one process for everything a poll needs, in one exchange; with `map`, for that map's entries too. */
export async function askProcess(
  process: ProcessConfig,
  reach: Reach,
  timeoutMs: number,
  map?: string,
): Promise<Result<ProcessReading>> {
  if ("stats" in process) return askStatsPage(process, reach, timeoutMs);
  const send = `${socketCommands}${map === undefined ? "" : `;show map ${map}`}\n`;
  const answer = await exchange(process, send, reach, timeoutMs);
  if (!answer.ok) return answer;
  return parseSocketAnswer(answer.value);
}

/** Sends commands over the stats socket and returns all that was said. HAProxy never reports an error but by its text. */
export function exchange(
  process: SocketProcess,
  send: string,
  { transports, signal }: Reach,
  timeoutMs: number,
): Promise<Result<string>> {
  return transports.tcp.exchange({ to: process.socket, from: process.from, send, timeoutMs, signal, maxBytes });
}

/** A request to the stats page with its login. Failure: `secret-missing`. */
export function statsRequest(
  process: StatsProcess,
  suffix: string,
  { secret, signal }: Reach,
  timeoutMs: number,
): Result<HttpRequest> {
  const password = process.password === undefined ? ok("") : secret(process.password);
  if (!password.ok) return password;
  const login = Buffer.from(`${process.user ?? ""}:${password.value}`).toString("base64");
  const headers: Record<string, string> = process.user === undefined ? {} : { authorization: `Basic ${login}` };
  const url = `${process.stats}${suffix}`;
  return ok({ url, headers, verifyTls: process.verifyTls, redirects: 0, timeoutMs, signal, maxBytes });
}

async function askStatsPage(process: StatsProcess, reach: Reach, timeoutMs: number): Promise<Result<ProcessReading>> {
  const request = statsRequest(process, `;${process.format}`, reach, timeoutMs);
  if (!request.ok) return request;
  const answer = await reach.transports.http.request(request.value);
  if (!answer.ok) return answer;
  const { status, headers, body } = answer.value;
  if (status === 401) return err(failure("unauthorized", `the stats page ${process.stats} refuses the login`));
  if (status === 403) return err(failure("forbidden", `the stats page ${process.stats} answers 403`));
  if (status === 404) return err(failure("no-such-object", `there is no stats page at ${process.stats}`));
  if (status !== 200) return err(failure("command-failed", `the stats page ${process.stats} answers ${status}`));
  // An unknown suffix, or another site, answers 200 with a page for people.
  const type = headers["content-type"] ?? "";
  const expected = process.format === "csv" ? "text/plain" : "application/json";
  if (!type.startsWith(expected)) {
    const what = `${process.stats};${process.format} answers ${type === "" ? "without a type" : type}, not ${expected}`;
    return err(failure("wrong-content-type", what));
  }
  const rows = process.format === "csv" ? parseStatCsv(body.toString("utf8")) : parseStatJson(body.toString("utf8"));
  return rows.ok ? ok({ rows: rows.value, info: null, level: null, states: null }) : rows;
}
