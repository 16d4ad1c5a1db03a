import { parse } from "csv-parse/sync";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { withoutStacks } from "#lib/core/without-stacks.ts";

/** What one process told in one poll. */
export interface ProcessReading {
  readonly rows: readonly StatRow[];
  /** `null` from the stats page, which does not tell it. */
  readonly info: ProcessInfo | null;
  readonly level: "user" | "operator" | "admin" | null;
  /** By `backend/server`; `null` from the stats page. */
  readonly states: ReadonlyMap<string, ServerStateRow> | null;
  /** Entries of the map that switches maintenance pages, where it was asked for. */
  readonly pages?: ReadonlyMap<string, string>;
}

/** One line of `show stat`. Fields are found by the header's names, because their number grows with every version. */
export interface StatRow {
  readonly proxy: string;
  readonly name: string;
  readonly kind: "frontend" | "backend" | "server" | "listener";
  readonly fields: ReadonlyMap<string, string>;
}

export interface ProcessInfo {
  readonly version: string | null;
  readonly pid: number | null;
  readonly uptimeS: number | null;
  /** Epoch milliseconds; told by HAProxy 2.5 and newer. */
  readonly startedAt: number | null;
  readonly sessions: number | null;
  readonly sessionsLimit: number | null;
  readonly idlePercent: number | null;
}

export interface ServerStateRow {
  /** `srv_admin_state`, a bit field (HAProxy management guide, "show servers state"). */
  readonly adminBits: number;
  /** `srv_uweight`: the weight as it is set; `srv_iweight`: as the configuration says. */
  readonly weight: number | null;
  readonly configuredWeight: number | null;
  /** Its health check was configured, and somebody stopped it at run time (`srv_check_state`). */
  readonly checkStopped: boolean;
  /** `srv_op_state` is 0: it counts as down. */
  readonly down: boolean;
  readonly address: string | null;
  /** Traffic to it goes over TLS. */
  readonly tls: boolean;
}

/** What is sent over the stats socket in one connection; all of it is open to level `user`. */
export const socketCommands = "show cli level;show info;show stat;show servers state";

/** Reads the answer to `socketCommands`. Failure: `malformed` when the table is missing, cut off or not in its form. */
export function parseSocketAnswer(text: string): Result<ProcessReading> {
  const statAt = text.search(/^# pxname,/m);
  if (statAt < 0) return err(malformed("the socket did not answer with HAProxy's statistics", text));
  const statesAt = text.slice(statAt).search(/^\d+\n# be_id /m);
  if (statesAt < 0) return err(malformed("the answer ends before the servers' states", text.slice(-200)));
  const rows = parseStatCsv(text.slice(statAt, statAt + statesAt));
  if (!rows.ok) return rows;
  const head = text.slice(0, statAt);
  const level = /^(user|operator|admin)$/m.exec(head)?.[1] as ProcessReading["level"] | undefined;
  return ok({
    rows: rows.value,
    info: parseInfo(head),
    level: level ?? null,
    states: parseServerStates(text.slice(statAt + statesAt)),
    pages: parseMap(text.slice(statAt + statesAt)),
  });
}

/** Reads `show stat` or the stats page's `;csv`. Failure: `malformed` when it is no such table or is cut off. */
export function parseStatCsv(text: string): Result<readonly StatRow[]> {
  if (!text.startsWith("# pxname,")) return err(malformed("this is not HAProxy's table of statistics", text));
  if (!text.endsWith("\n")) return err(malformed("the table of statistics is cut off", text.slice(-200)));
  const rows = readCsv(text.slice(2));
  return rows !== undefined && rows.length > 0
    ? ok(rows)
    : err(malformed("the table of statistics is damaged", text.slice(-200)));
}

/** Reads `show stat json` or the stats page's `;json`: a list of objects, each a list of fields. Failure: `malformed`. */
export function parseStatJson(text: string): Result<readonly StatRow[]> {
  const objects = readJson(text);
  if (!Array.isArray(objects)) return err(malformed("this is not HAProxy's statistics as JSON", text));
  const rows = objects.map((object) => (Array.isArray(object) ? rowOf(fieldsOfJson(object)) : undefined));
  return rows.length > 0 && rows.every((row) => row !== undefined)
    ? ok(rows as StatRow[])
    : err(malformed("HAProxy's statistics as JSON are damaged", text));
}

/** Reads `show info`: lines of `Name: value`. What is missing is `null`. */
export function parseInfo(text: string): ProcessInfo {
  const values = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/^([A-Za-z][\w -]*): (.*)$/gm)) values.set(name ?? "", value ?? "");
  const startedS = toNumber(values.get("Start_time_sec"));
  const version = values.get("Version");
  return {
    version: version === undefined ? null : foreignLine(version, 60),
    pid: toNumber(values.get("Pid")),
    uptimeS: toNumber(values.get("Uptime_sec")),
    startedAt: startedS === null ? null : startedS * 1_000,
    sessions: toNumber(values.get("CurrConns")),
    sessionsLimit: toNumber(values.get("Maxconn")),
    idlePercent: toNumber(values.get("Idle_pct")),
  };
}

/** Reads `show servers state`, space separated under a header line. Lines it cannot read are left out. */
export function parseServerStates(text: string): ReadonlyMap<string, ServerStateRow> {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const header =
    lines
      .find((line) => line.startsWith("# "))
      ?.slice(2)
      .split(" ") ?? [];
  const states = new Map<string, ServerStateRow>();
  for (const line of lines.filter((each) => /^\d+ /.test(each))) {
    const values = line.split(" ");
    const field = (name: string) => values[header.indexOf(name)];
    const adminBits = toNumber(field("srv_admin_state"));
    const [backend, server] = [field("be_name"), field("srv_name")];
    if (adminBits === null || !Number.isInteger(adminBits) || !backend || !server) continue;
    states.set(`${backend}/${server}`, {
      adminBits,
      weight: toNumber(field("srv_uweight")),
      configuredWeight: toNumber(field("srv_iweight")),
      checkStopped: isStopped(toNumber(field("srv_check_state"))),
      down: field("srv_op_state") === "0",
      address: addressOf(field("srv_addr"), field("srv_port")),
      tls: field("srv_use_ssl") === "1",
    });
  }
  return states;
}

/** Bits of `srv_check_state`: 2 is configured, 4 enabled, 8 paused by maintenance (HAProxy management guide, "show servers state"). */
function isStopped(bits: number | null): boolean {
  return bits !== null && (bits & 2) !== 0 && (bits & 4) === 0;
}

/** Reads `show map FILE`: the entries among its lines. */
export function parseMap(text: string): ReadonlyMap<string, string> {
  const entries = [...text.matchAll(/^0x[0-9a-f]+ (\S+) (.*)$/gm)];
  return new Map(entries.map(([, key = "", value = ""]) => [foreignLine(key, 100), value.trim()]));
}

/** A field as a number; `null` when it is absent, empty, no number, or negative, which HAProxy uses for "never". */
export function numberOf(row: StatRow, field: string): number | null {
  return toNumber(row.fields.get(field));
}

/** A field as text for a person; `null` when it is absent or empty. */
export function textOf(row: StatRow, field: string): string | null {
  const text = foreignLine(row.fields.get(field) ?? "");
  return text === "" ? null : text;
}

function rowOf(fields: ReadonlyMap<string, string>): StatRow | undefined {
  const [proxy, name] = [fields.get("pxname"), fields.get("svname")];
  if (!proxy || !name) return undefined;
  const kinds = { "0": "frontend", "1": "backend", "2": "server", "3": "listener" } as const;
  const kind = kinds[fields.get("type") as keyof typeof kinds];
  return kind === undefined
    ? undefined
    : { proxy: foreignLine(proxy, 100), name: foreignLine(name, 100), kind, fields };
}

function fieldsOfJson(object: readonly unknown[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const entry of object as readonly { field?: { name?: unknown }; value?: { value?: unknown } }[]) {
    const [name, value] = [entry?.field?.name, entry?.value?.value];
    if (typeof name !== "string") continue;
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
  }
  return fields;
}

function readCsv(text: string): StatRow[] | undefined {
  let header: readonly string[] | undefined;
  const rows: StatRow[] = [];
  const take = (record: string[]): null => {
    if (header === undefined) {
      header = record;
      return null;
    }
    const row = rowOf(new Map(header.map((field, index) => [field, record[index] ?? ""])));
    if (row === undefined || record.length < header.length) throw new RangeError("no row of the table");
    rows.push(row);
    return null;
  };
  try {
    // The first line that is none ends it: a flood of them takes long. The library makes an error of each line that is too long.
    const bounds = { relaxColumnCountMore: true, skipEmptyLines: true, maxRecordSize: 65_536 };
    withoutStacks(() => parse(text, { ...bounds, onRecord: take }));
    return rows;
  } catch {
    // The only reason to throw is a table that is not in the form of CSV or not whole, which the caller tells as `malformed`.
    return undefined;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Likewise: the caller tells it as `malformed`.
    return undefined;
  }
}

function toNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text.trim())) return null;
  const value = Number(text);
  // Nothing that is counted comes near; larger numbers would become infinite in the first sum.
  return value < 1e30 ? value : null;
}

function addressOf(host: string | undefined, port: string | undefined): string | null {
  if (!host || host === "-" || !port || port === "0" || port === "-") return null;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function malformed(what: string, text: string): Failure {
  const said = foreignLine(text);
  return failure("malformed", what, said === "" ? {} : { said });
}
