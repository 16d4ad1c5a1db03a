import type { Reading, Writing } from "#lib/store/open-store.ts";

/** Where a sealed value belongs. It opens nowhere else. */
export interface SealedPlace {
  /** What it is for: `oidc`, `webhook`. */
  readonly purpose: string;
  /** Which of them. */
  readonly id: string;
}

/** A value as it is kept: unreadable without the key of that id. */
export interface SealedBody {
  readonly body: string;
  readonly keyId: string;
}

export interface SealedRow extends SealedPlace, SealedBody {
  readonly setAt: number;
}

export async function findSealed({ db }: Reading, { purpose, id }: SealedPlace): Promise<SealedRow | null> {
  const row = await db.sealed.findUnique({ where: { purpose_id: { purpose, id } } });
  return row === null ? null : { ...row, setAt: row.setAt.getTime() };
}

export async function listSealed({ db }: Reading): Promise<SealedRow[]> {
  const rows = await db.sealed.findMany({ orderBy: [{ purpose: "asc" }, { id: "asc" }] });
  return rows.map((row) => ({ ...row, setAt: row.setAt.getTime() }));
}

export async function putSealed({ db }: Writing, { purpose, id, body, keyId, setAt }: SealedRow): Promise<void> {
  const data = { body, keyId, setAt: new Date(setAt) };
  await db.sealed.upsert({
    where: { purpose_id: { purpose, id } },
    create: { purpose, id, ...data },
    update: data,
  });
}

export async function dropSealed({ db }: Writing, { purpose, id }: SealedPlace): Promise<void> {
  await db.sealed.deleteMany({ where: { purpose, id } });
}

/** How many values each key still guards. */
export async function countSealed({ db }: Reading): Promise<ReadonlyMap<string, number>> {
  const rows = await db.sealed.groupBy({ by: ["keyId"], _count: { _all: true } });
  return new Map(rows.map(({ keyId, _count }) => [keyId, _count._all]));
}
