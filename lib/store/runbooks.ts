import type { DeclaredRunbook, Runbook } from "#lib/core/runbook.ts";
import type { Mark, MarkKind, SeenCheck } from "#lib/core/runbook-marks.ts";
import type { RunbookMark, RunbookSession } from "#lib/store/client/client.ts";
import type { KeptKey } from "#lib/store/kept.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

/** One following of a runbook. */
export interface SessionRow {
  readonly id: string;
  readonly runbookId: string;
  readonly serviceId: string;
  readonly title: string;
  /** As it was when it began: what was done stays readable when the runbook changes. */
  readonly runbook: Runbook;
  readonly incidentId: string | null;
  readonly startedAt: number;
  readonly startedBy: string;
  readonly finishedAt: number | null;
  readonly finishedBy: string | null;
  readonly summary: string | null;
  readonly seq: number;
}

export type NewMark = Omit<Mark, "id">;

/** The runbooks of pitwall.yaml; none before the poller has applied one. */
export async function listDeclaredRunbooks({ db, kept }: Reading): Promise<readonly DeclaredRunbook[]> {
  const row = await db.declaredRunbooks.findUnique({ where: { id: 1 } });
  if (row === null) return [];
  const known = kept?.get(keptRunbooks);
  if (known?.text === row.runbooks) return known.runbooks;
  const runbooks = JSON.parse(row.runbooks) as DeclaredRunbook[];
  kept?.set(keptRunbooks, { text: row.runbooks, runbooks });
  return runbooks;
}

const keptRunbooks: KeptKey<{ readonly text: string; readonly runbooks: readonly DeclaredRunbook[] }> = {
  empty: { text: "", runbooks: [] },
};

export async function writeDeclaredRunbooks(
  { db }: Writing,
  runbooks: readonly DeclaredRunbook[],
  now: number,
): Promise<void> {
  const data = { runbooks: JSON.stringify(runbooks), appliedAt: new Date(now) };
  await db.declaredRunbooks.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data });
}

export async function insertSession(
  { db, seq }: Writing,
  row: Omit<SessionRow, "seq" | "finishedAt" | "finishedBy" | "summary">,
): Promise<void> {
  const { runbook, startedAt, ...rest } = row;
  await db.runbookSession.create({
    data: { ...rest, runbook: JSON.stringify(runbook), startedAt: new Date(startedAt), seq: BigInt(seq) },
  });
}

export async function patchSession(
  { db, seq }: Writing,
  id: string,
  patch: {
    readonly incidentId?: string | null;
    readonly finishedAt?: number;
    readonly finishedBy?: string;
    readonly summary?: string | null;
  },
): Promise<void> {
  const { finishedAt, ...rest } = patch;
  const ended = finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt) };
  await db.runbookSession.update({ where: { id }, data: { ...rest, ...ended, seq: BigInt(seq) } });
}

export async function findSession(reading: Reading, id: string): Promise<SessionRow | null> {
  return sessionsOf(reading, `WHERE "id" = ?`, id)[0] ?? null;
}

/** The open one of that runbook for that service at `at`; there is one at most. */
export async function findSessionAt(
  reading: Reading,
  { serviceId, runbookId }: { readonly serviceId: string; readonly runbookId: string },
  at: number,
): Promise<SessionRow | null> {
  const open = `WHERE "serviceId" = ? AND "runbookId" = ? AND ${openThen} ORDER BY "startedAt" DESC LIMIT 1`;
  return sessionsOf(reading, open, serviceId, runbookId, at, at)[0] ?? null;
}

/** Those that were open at `at`, oldest first. */
export async function sessionsAt(reading: Reading, at: number): Promise<SessionRow[]> {
  return sessionsOf(reading, `WHERE ${openThen} ORDER BY "startedAt"`, at, at);
}

/** Of one incident or one service, newest first. */
export async function listSessions(
  reading: Reading,
  { limit, ...only }: { readonly serviceId?: string; readonly incidentId?: string; readonly limit: number },
): Promise<SessionRow[]> {
  const names = Object.keys(only).map((name) => `"${name}" = ?`);
  const where = names.length === 0 ? "" : `WHERE ${names.join(" AND ")}`;
  return sessionsOf(reading, `${where} ORDER BY "startedAt" DESC LIMIT ?`, ...Object.values(only), limit);
}

export async function insertMark({ db, seq }: Writing, sessionId: string, mark: NewMark): Promise<void> {
  const { at, seen, ...rest } = mark;
  await db.runbookMark.create({ data: { ...rest, sessionId, at: new Date(at), seen: JSON.stringify(seen) } });
  await db.runbookSession.update({ where: { id: sessionId }, data: { seq: BigInt(seq) } });
}

/** Oldest first, up to `at`. */
export async function listMarks({ db }: Reading, sessionId: string, at: number): Promise<Mark[]> {
  const rows = await db.runbookMark.findMany({
    where: { sessionId, at: { lte: new Date(at) } },
    orderBy: { id: "asc" },
  });
  return rows.map(toMark);
}

/** The session in which a run was started; `null` for one that was started elsewhere. */
export async function sessionOfRun(reading: Reading, runId: string): Promise<SessionRow | null> {
  return (
    sessionsOf(reading, `WHERE "id" = (SELECT "sessionId" FROM "RunbookMark" WHERE "runId" = ? LIMIT 1)`, runId)[0] ??
    null
  );
}

const openThen = `"startedAt" <= ? AND ("finishedAt" IS NULL OR "finishedAt" > ?)`;

/** Open ones are asked for with each look at the board, so no query engine stands in between. */
function sessionsOf({ prepare }: Reading, which: string, ...values: readonly (string | number)[]): SessionRow[] {
  const rows = prepare(`SELECT * FROM "RunbookSession" ${which}`).all(...values) as Row<RunbookSession>[];
  return rows.map((row) => ({ ...row, runbook: JSON.parse(row.runbook) as Runbook }));
}

function toMark({ sessionId: _session, at, kind, seen, ...row }: RunbookMark): Mark {
  return { ...row, at: at.getTime(), kind: kind as MarkKind, seen: JSON.parse(seen) as SeenCheck[] };
}
