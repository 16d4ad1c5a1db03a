import type { Author } from "#lib/access/actor.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** One person's word on one plan. */
export interface Approval {
  readonly runId: string;
  /** 0 is the confirmation; the approvals count up from 1. */
  readonly slot: number;
  readonly planHash: string;
  readonly word: "confirmed" | "approved" | "denied";
  readonly by: Pick<Author, "id" | "name" | "from">;
  readonly reason: string | null;
  readonly at: number;
}

/** A slot is given once: of two who want the same one, the later write fails. */
export async function insertApproval({ db }: Writing, { by, at, ...row }: Approval): Promise<void> {
  await db.approval.create({ data: { ...row, byId: by.id, byName: by.name, byFrom: by.from, at: new Date(at) } });
}

export async function listApprovals({ db }: Reading, runId: string): Promise<Approval[]> {
  const rows = await db.approval.findMany({ where: { runId }, orderBy: { slot: "asc" } });
  return rows.map(({ byId, byName, byFrom, at, word, ...row }) => ({
    ...row,
    word: word as Approval["word"],
    by: { id: byId, name: byName, from: byFrom },
    at: at.getTime(),
  }));
}
