import { setImmediate as rest } from "node:timers/promises";
import { auditRowsBefore } from "#lib/store/audit-rows.ts";
import type { Store } from "#lib/store/open-store.ts";
import { auditRowOf } from "#lib/views/audit-view.ts";
import type { AuditExport, AuditRowDto } from "#lib/wire/audit.ts";

const rowsAtOnce = 200;

/**
 * Rows up to the number `upTo`, newest first, as text in pieces: CSV by RFC 4180, one JSON list, or a JSON object a line. Only some hundred rows
 * are in memory at a time, and a reader that is slow is waited for.
 */
export async function* auditExport(
  store: Pick<Store, "history">,
  { format, ...filter }: AuditExport,
  upTo: number,
): AsyncGenerator<string> {
  let [before, first] = [upTo + 1, true];
  if (format !== "jsonl") yield format === "csv" ? `${csvColumns.join(",")}\r\n` : "[";
  for (;;) {
    const rows = auditRowsBefore(store.history, filter, before, rowsAtOnce).map(auditRowOf);
    let piece = "";
    for (const row of rows) {
      piece += pieceOf(format, row, first);
      first = false;
    }
    if (piece !== "") yield piece;
    before = rows.at(-1)?.id ?? 0;
    if (rows.length < rowsAtOnce) break;
    await rest();
  }
  if (format === "json") yield "\n]\n";
}

function pieceOf(format: AuditExport["format"], row: AuditRowDto, first: boolean): string {
  switch (format) {
    case "csv":
      return csvLine(row);
    case "json":
      return `${first ? "\n" : ",\n"}${JSON.stringify(row)}`;
    case "jsonl":
      return `${JSON.stringify(row)}\n`;
    default:
      return format satisfies never;
  }
}

const csvColumns = [
  "id",
  "at",
  "actorKind",
  "actorName",
  "actorFrom",
  "actorRole",
  "method",
  "command",
  "target",
  "outcome",
  "refusal",
  "times",
  "reason",
  "serviceId",
  "runId",
  "approvalId",
  "incidentId",
  "snapshotId",
  "before",
  "after",
  "hash",
] as const satisfies readonly (keyof AuditRowDto)[];

function csvLine(row: AuditRowDto): string {
  return `${csvColumns.map((column) => csvCell(column === "at" ? new Date(row.at).toISOString() : row[column])).join(",")}\r\n`;
}

/** What a spreadsheet would take for a formula begins with an apostrophe, which it shows as text. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const plain = /^\s*[=+\-@|%]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
