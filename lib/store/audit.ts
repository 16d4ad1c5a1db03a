import type { Author } from "#lib/access/actor.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** One line of the audit log: who did what to what, and what was there before and after. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Pick<Author, "kind" | "name" | "from">;
  readonly command: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly runId?: string;
}

/** Written in the same transaction as what it tells of. The table refuses changes. */
export async function insertAudit({ db }: Writing, entry: AuditEntry): Promise<void> {
  await db.audit.create({
    data: {
      at: new Date(entry.at),
      actorKind: entry.actor.kind,
      actorName: entry.actor.name,
      actorFrom: entry.actor.from,
      command: entry.command,
      target: entry.target,
      before: entry.before === undefined ? null : JSON.stringify(entry.before),
      after: entry.after === undefined ? null : JSON.stringify(entry.after),
      runId: entry.runId ?? null,
    },
  });
}

/** Newest first. */
export async function listAudit({ db }: Reading, limit: number): Promise<AuditEntry[]> {
  const rows = await db.audit.findMany({ orderBy: { id: "desc" }, take: limit });
  return rows.map((row) => ({
    at: row.at.getTime(),
    actor: { kind: row.actorKind as Author["kind"], name: row.actorName, from: row.actorFrom },
    command: row.command,
    target: row.target,
    ...(row.before === null ? {} : { before: JSON.parse(row.before) as unknown }),
    ...(row.after === null ? {} : { after: JSON.parse(row.after) as unknown }),
    ...(row.runId === null ? {} : { runId: row.runId }),
  }));
}

/** What somebody did by some commands since then, newest first; few at most. */
export async function listAuditBy(
  { db }: Reading,
  which: { readonly actorName: string; readonly commands: readonly string[]; readonly from: number },
): Promise<Pick<AuditEntry, "at" | "command">[]> {
  const rows = await db.audit.findMany({
    where: { actorName: which.actorName, command: { in: [...which.commands] }, at: { gte: new Date(which.from) } },
    orderBy: { id: "desc" },
    take: 10,
    select: { at: true, command: true },
  });
  return rows.map(({ at, command }) => ({ at: at.getTime(), command }));
}
