import { createHash } from "node:crypto";
import type { SignInMethod } from "#lib/access/actor.ts";
import type { Grant, Role } from "#lib/access/roles.ts";
import type { Session, Grant as StoredGrant, User } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

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
  readonly grants: readonly OwnedGrant[];
  /** Whether the account has a second factor, without which no password opens a session. */
  readonly twoFactor: boolean;
  /** What ties it to whoever vouched: the OpenID provider's own session, or the hash of what the proxy said. */
  readonly voucher: string | null;
  /** Whether the provider said that it checked as strongly as it is asked to. */
  readonly strong: boolean;
}

/** What of a session's token is kept. */
export function hashSessionToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/** The session behind a cookie's token; `null` when there is none, it is over, or its account is closed. */
export async function findOpenSession({ prepare }: Reading, token: string, now: number): Promise<OpenSession | null> {
  // With each request, so without a query engine in between.
  const found = prepare(`SELECT "s".*, "u"."email", "u"."disabledAt", "u"."twoFactorEnabled"
    FROM "Session" AS "s" JOIN "User" AS "u" ON "u"."id" = "s"."userId" WHERE "s"."token" = ?`);
  const row = found.get(hashSessionToken(token)) as
    | (Row<Session> & Pick<Row<User>, "email" | "disabledAt" | "twoFactorEnabled">)
    | undefined;
  if (row === undefined || row.disabledAt !== null) return null;
  const endsAt = row.endsAt ?? row.expiresAt;
  if (row.expiresAt <= now || endsAt <= now) return null;
  const grants = prepare(`SELECT * FROM "Grant" WHERE "userId" = ?`).all(row.userId) as Row<StoredGrant>[];
  return {
    id: row.id,
    userId: row.userId,
    email: row.email,
    method: (row.method ?? "none") as SignInMethod,
    provedAt: row.provedAt,
    expiresAt: row.expiresAt,
    endsAt,
    seenAt: row.updatedAt,
    grants: grants.map(grantOf),
    twoFactor: row.twoFactorEnabled === 1,
    voucher: row.voucher,
    strong: row.strong === 1,
  };
}

/** Who gives a grant: a person by hand, or a door at each sign-in. */
export const grantOrigins = ["hand", "oidc", "proxy"] as const;
export type GrantOrigin = (typeof grantOrigins)[number];
export interface OwnedGrant extends Grant {
  readonly origin: GrantOrigin;
}

/** A grant as its row has it. */
export function grantOf(row: { readonly role: string; readonly group: string; readonly origin: string }): OwnedGrant {
  const group = row.group === allGroups ? null : row.group;
  return { role: row.role as Role, group, origin: row.origin as GrantOrigin };
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

/** Ends all sessions of a person, but for the one named. Tells how many there were. */
export async function endSessions({ db }: Writing, userId: string, but: string | null = null): Promise<number> {
  const { count } = await db.session.deleteMany({ where: { userId, ...(but === null ? {} : { id: { not: but } }) } });
  return count;
}

/** Ends the sessions that an OpenID provider opened: all of a person (`userId`), or those of one session of its own. */
export async function endVouchedSessions(
  { db }: Writing,
  which: { readonly userId: string | null; readonly voucher: string | null },
): Promise<number> {
  const { userId, voucher } = which;
  const where = { method: "oidc", ...(userId === null ? {} : { userId }), ...(voucher === null ? {} : { voucher }) };
  return userId === null && voucher === null ? 0 : (await db.session.deleteMany({ where })).count;
}

/** Ends one session of a person; `false` when it is not theirs or was over. */
export async function endSession({ db }: Writing, userId: string, id: string): Promise<boolean> {
  return (await db.session.deleteMany({ where: { id, userId } })).count > 0;
}

/** A session as its owner sees it in the list. */
export interface SessionRow {
  readonly id: string;
  readonly method: SignInMethod;
  readonly from: string | null;
  readonly userAgent: string | null;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
}

/** The open sessions of a person, the one used last first. */
export async function listSessions({ db }: Reading, userId: string, now: number): Promise<SessionRow[]> {
  const rows = await db.session.findMany({
    where: { userId, expiresAt: { gt: new Date(now) } },
    orderBy: { updatedAt: "desc" },
    take: 200,
  });
  return rows.map((row) => ({
    id: row.id,
    method: (row.method ?? "none") as SignInMethod,
    from: row.ipAddress || null,
    userAgent: row.userAgent || null,
    createdAt: row.createdAt.getTime(),
    seenAt: row.updatedAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
  }));
}

/** Deletes what is over: sessions, and what better-auth had to remember for minutes. */
export async function deleteEndedSessions({ db }: Writing, now: number): Promise<void> {
  const over = { expiresAt: { lt: new Date(now) } };
  await db.session.deleteMany({ where: over });
  await db.verification.deleteMany({ where: over });
}
