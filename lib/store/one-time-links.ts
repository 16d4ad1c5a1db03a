import type { Grant } from "#lib/access/roles.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { LinkPurpose } from "#lib/wire/sign-in.ts";

/** A link that works once. Its secret is nowhere. */
export interface LinkRow {
  readonly id: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly purpose: LinkPurpose;
  /** Whose account it opens; `null`: it makes one. */
  readonly userId: string | null;
  readonly gives: LinkGives;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly usedAt: number | null;
}

export interface LinkGives {
  readonly email?: string;
  readonly grants?: readonly Grant[];
}

export async function insertLink({ db }: Writing, { gives, ...link }: Omit<LinkRow, "usedAt">): Promise<void> {
  await db.oneTimeLink.create({
    data: {
      ...link,
      gives: JSON.stringify(gives),
      createdAt: new Date(link.createdAt),
      expiresAt: new Date(link.expiresAt),
    },
  });
}

export async function findLink({ db }: Reading, secretHash: string): Promise<LinkRow | null> {
  const row = await db.oneTimeLink.findUnique({ where: { secretHash } });
  if (row === null) return null;
  return {
    ...row,
    purpose: row.purpose as LinkPurpose,
    gives: JSON.parse(row.gives) as LinkGives,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    usedAt: row.usedAt?.getTime() ?? null,
  };
}

/** Marks it as used; `false` when somebody was faster. */
export async function spendLink({ db }: Writing, id: string, now: number): Promise<boolean> {
  const { count } = await db.oneTimeLink.updateMany({ where: { id, usedAt: null }, data: { usedAt: new Date(now) } });
  return count === 1;
}

/** Takes back the unused links of that purpose, or those to one account: a new one replaces them. */
export async function dropLinks(
  { db }: Writing,
  which: { readonly purpose: LinkPurpose } | { readonly userId: string },
): Promise<void> {
  await db.oneTimeLink.deleteMany({ where: { ...which, usedAt: null } });
}
