import { createHash } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { withholdPrivate } from "#lib/core/redaction.ts";
import { type AuditRow, chainHash, formColumns, newestForm } from "#lib/store/audit-chain.ts";
import type { Reading, Writing } from "#lib/store/writing.ts";

/** What of an act is told beside who, what and when. `before` and `after` are plain JSON. */
export interface AuditTold {
  readonly before?: unknown;
  readonly after?: unknown;
  /** Why, as the actor gave it. */
  readonly reason?: string | null;
  readonly serviceId?: string;
  readonly runId?: string;
  readonly approvalId?: string;
  readonly incidentId?: string;
  readonly snapshotId?: string;
}

/** Whoever acted; of one that is known from a run alone, the method and the rights are not. */
export type AuditActor = Pick<Actor, "kind" | "name" | "from"> &
  Partial<Pick<Actor, "id" | "method" | "grants" | "holds">>;

/** One line of the audit log: who did what to what, why, and what was there before and after. */
export interface AuditEntry extends AuditTold {
  readonly at: number;
  readonly actor: AuditActor;
  readonly command: string;
  readonly target: string;
  /** Of what was refused: why, and how often it was tried. */
  readonly refused?: { readonly why: string; readonly times: number };
}

/** Who does what to what, as far as it is known before it is done. */
export interface Deed extends AuditTold {
  readonly actor: Actor;
  /** The audit log's word for it: `cancel-run`. */
  readonly command: string;
  readonly target: string;
  readonly at: number;
}

/** Longest JSON of `before` and of `after`; of a longer one its size, its hash and its beginning are kept. */
export const longestSide = 16_000;
const headKept = 4_000;
const longestText = 500;
const longestReason = 2_000;

/**
 * Written in the same transaction as what it tells of, at the end of the chain: the open transaction holds the store's
 * write lock since its first statement, so no other process can write between the reading of the head and this row. What
 * is private or secret is taken out, and long values are cut, before anything is hashed.
 */
export async function insertAudit(writing: Writing, entry: AuditEntry): Promise<void> {
  appendAudit(writing, entry);
}

/** The same where a transaction is open on a bare connection. */
export function appendAudit(writing: Pick<Writing, "prepare" | "redact">, entry: AuditEntry): void {
  const head = writing.prepare(`SELECT "headSeq", "headHash" FROM "AuditChain" WHERE "id" = 1`).get() as
    | { readonly headSeq: number | bigint; readonly headHash: string }
    | undefined;
  if (head === undefined) throw new Error("the audit log has lost its head");
  const row = rowOf(Number(head.headSeq) + 1, entry, writing.redact);
  const values = formColumns.map((column) => row[column]);
  writing.prepare(insertion).run(...values, newestForm, chainHash(head.headHash, row));
}

const insertion = `INSERT INTO "Audit" (${[...formColumns, "form", "hash"].map((name) => `"${name}"`).join(", ")})
  VALUES (${[...formColumns, "form", "hash"].map(() => "?").join(", ")})`;

function rowOf(id: number, entry: AuditEntry, redact: (text: string) => string): AuditRow {
  const { actor, refused } = entry;
  const text = (value: string, longest = longestText) => cut(redact(withholdPrivate(value) as string), longest);
  const maybe = (value: string | null | undefined, longest?: number) =>
    value === null || value === undefined ? null : text(value, longest);
  const plain = (value: string | undefined) => (value === undefined ? null : cut(value, longestText));
  return {
    id,
    at: Math.round(entry.at),
    actorKind: actor.kind,
    actorId: plain(actor.id ?? undefined),
    actorName: text(actor.name),
    actorFrom: maybe(actor.from),
    actorRole: maybe(roleOf(actor)),
    method: methodOf(actor),
    command: cut(entry.command, longestText),
    target: text(entry.target),
    reason: entry.reason === "" ? null : maybe(entry.reason, longestReason),
    outcome: refused === undefined ? "done" : "refused",
    refusal: maybe(refused?.why, longestReason),
    times: refused?.times ?? 1,
    before: sideOf(entry.before, redact),
    after: sideOf(entry.after, redact),
    serviceId: plain(entry.serviceId),
    runId: plain(entry.runId),
    approvalId: plain(entry.approvalId),
    incidentId: plain(entry.incidentId),
    snapshotId: plain(entry.snapshotId),
  };
}

function methodOf({ kind, method }: AuditActor): string | null {
  if (method !== undefined && method !== "none") return method;
  return kind === "system" || kind === "rule" ? kind : (method ?? null);
}

/** What the actor might at the time: `responder of Data, viewer`, or the permissions of a machine's token. */
function roleOf({ kind, grants = [], holds = [] }: AuditActor): string | null {
  if (kind === "system") return null;
  const words = [...grants.map(({ role, group }) => (group === null ? role : `${role} of ${group}`)), ...holds];
  return words.length === 0 ? null : words.join(", ");
}

function sideOf(value: unknown, redact: (text: string) => string): string | null {
  if (value === undefined) return null;
  const json = JSON.stringify(redactAll(withholdPrivate(value), redact));
  if (json.length <= longestSide) return json.toWellFormed();
  const sha256 = createHash("sha256").update(json, "utf8").digest("hex");
  return JSON.stringify({ cut: true, characters: json.length, sha256, head: cut(json, headKept) });
}

function redactAll(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactAll(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redact(key), redactAll(inner, redact)]));
}

/** Half of a character would come back from the store as another one, and break the chain. */
function cut(text: string, longest: number): string {
  return (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`).toWellFormed();
}

/** Newest first. */
export async function listAudit({ db }: Reading, limit: number): Promise<AuditEntry[]> {
  const rows = await db.audit.findMany({ orderBy: { id: "desc" }, take: limit });
  return rows.map((row) => ({
    at: row.at.getTime(),
    actor: { kind: row.actorKind as Actor["kind"], name: row.actorName, from: row.actorFrom },
    command: row.command,
    target: row.target,
    ...(row.before === null ? {} : { before: JSON.parse(row.before) as unknown }),
    ...(row.after === null ? {} : { after: JSON.parse(row.after) as unknown }),
    ...(row.runId === null ? {} : { runId: row.runId }),
  }));
}

/** What somebody did by some commands since then, newest first; few at most. */
export async function listAuditBy(
  { prepare }: Reading,
  which: { readonly actorName: string; readonly commands: readonly string[]; readonly from: number },
): Promise<Pick<AuditEntry, "at" | "command">[]> {
  const newest = `SELECT "at", "command" FROM "Audit" WHERE "actorName" = ? AND "at" >= ?
    AND "command" IN (SELECT "value" FROM json_each(?)) ORDER BY "id" DESC LIMIT 10`;
  const values = [which.actorName, which.from, JSON.stringify(which.commands)];
  return prepare(newest).all(...values) as Pick<AuditEntry, "at" | "command">[];
}
