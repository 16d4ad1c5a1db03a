import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { JournalLine } from "#lib/wire/run.ts";

/** Appends lines; their `seq` counts up within the run and is given by the writer. The table refuses changes. */
export async function appendLines({ db }: Writing, runId: string, lines: readonly JournalLine[]): Promise<void> {
  if (lines.length === 0) return;
  await db.journalLine.createMany({ data: lines.map((line) => ({ ...line, runId, at: new Date(line.at) })) });
}

/** The journal of one run, oldest first. */
export async function listLines({ db }: Reading, runId: string): Promise<JournalLine[]> {
  const rows = await db.journalLine.findMany({ where: { runId }, orderBy: { seq: "asc" } });
  return rows.map(({ runId: _runId, ...row }) => ({
    ...row,
    at: row.at.getTime(),
    kind: row.kind as JournalLine["kind"],
  }));
}

/** The number the next line of the run gets. */
export async function nextLineSeq({ db }: Reading, runId: string): Promise<number> {
  const { _max } = await db.journalLine.aggregate({ where: { runId }, _max: { seq: true } });
  return (_max.seq ?? 0) + 1;
}
