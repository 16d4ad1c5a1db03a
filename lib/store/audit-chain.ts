import { createHash } from "node:crypto";

/** A row of the audit log as it is stored: what the chain is made of. Times are epoch milliseconds, lists are JSON text. */
export interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly actorFrom: string | null;
  readonly actorRole: string | null;
  readonly method: string | null;
  readonly command: string;
  readonly target: string;
  readonly reason: string | null;
  readonly outcome: string;
  readonly refusal: string | null;
  readonly times: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly serviceId: string | null;
  readonly runId: string | null;
  readonly approvalId: string | null;
  readonly incidentId: string | null;
  readonly snapshotId: string | null;
}

/** A row with its place in the chain. */
export interface ChainedRow extends AuditRow {
  readonly form: number;
  readonly hash: string | null;
}

/** What the first row of a chain follows. */
export const genesisHash = "0".repeat(64);

/** The canonical form that rows are written in today. A row says in `form` which one its hash is of. */
export const newestForm = 1;

/** Columns of canonical form 1, in their order. Neither may ever change: hashes that others wrote down hang on it. */
export const formColumns = [
  "id",
  "at",
  "actorKind",
  "actorId",
  "actorName",
  "actorFrom",
  "actorRole",
  "method",
  "command",
  "target",
  "reason",
  "outcome",
  "refusal",
  "times",
  "before",
  "after",
  "serviceId",
  "runId",
  "approvalId",
  "incidentId",
  "snapshotId",
] as const satisfies readonly (keyof AuditRow)[];

/**
 * The one text of a row: a JSON array without white space, led by the form's name. Only strings, integers and `null` stand
 * in it, so every implementation of JSON that escapes as ECMAScript does writes the same bytes.
 */
export function canonicalForm(row: AuditRow): string {
  return JSON.stringify(["pitwall-audit-1", ...formColumns.map((column) => row[column])]);
}

/** SHA-256, in hex, of the hash before, a line feed, and the row's canonical form in UTF-8. */
export function chainHash(before: string, row: AuditRow): string {
  return createHash("sha256")
    .update(`${before}\n${canonicalForm(row)}`, "utf8")
    .digest("hex");
}
