import { createHash } from "node:crypto";
import type { SignInMethod } from "#lib/access/actor.ts";
import type { Grant, Role } from "#lib/access/roles.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** An open session with whose it is and what they may. */
export interface OpenSession {
  readonly id: string;
  readonly userId: string;
  /** The account's address. */
  readonly email: string;
  readonly method: SignInMethod;
  readonly provedAt: number | null;
  /** When it ends if nothing is asked by it. */
  readonly expiresAt: number;
  /** When it ends however busy it is. */
  readonly endsAt: number;
  readonly seenAt: number;
  readonly grants: readonly Grant[];
}

/** What of a session's token is kept. */
export function hashSessionToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/** The session behind a cookie's token; `null` when there is none, it is over, or its account is closed. */
export async function findOpenSession({ db }: Reading, token: string, now: number): Promise<OpenSession | null> {
  const row = await db.session.findUnique({
    where: { token: hashSessionToken(token) },
    include: { user: { include: { grants: true } } },
  });
  if (row === null || row.user.disabledAt !== null) return null;
  const endsAt = (row.endsAt ?? row.expiresAt).getTime();
  if (row.expiresAt.getTime() <= now || endsAt <= now) return null;
  return {
    id: row.id,
    userId: row.userId,
    email: row.user.email,
    method: (row.method ?? "none") as SignInMethod,
    provedAt: row.provedAt?.getTime() ?? null,
    expiresAt: row.expiresAt.getTime(),
    endsAt,
    seenAt: row.updatedAt.getTime(),
    grants: row.user.grants.map(grantOf),
  };
}

function grantOf(row: { readonly role: string; readonly group: string }): Grant {
  return { role: row.role as Role, group: row.group === allGroups ? null : row.group };
}

/** How a grant over all services is written in its row: a key has no null. */
export const allGroups = "*";

/** Notes that a session was used; it never outlives its end. A session that was closed meanwhile stays closed. */
export async function touchSession(
  { db }: Writing,
  session: Pick<OpenSession, "id" | "endsAt">,
  idleMs: number,
  now: number,
): Promise<void> {
  const expiresAt = new Date(Math.min(now + idleMs, session.endsAt));
  await db.session.updateMany({ where: { id: session.id }, data: { expiresAt, updatedAt: new Date(now) } });
}
