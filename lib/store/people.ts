import { randomUUID } from "node:crypto";
import type { Grant, Role } from "#lib/access/roles.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { allGroups, type GrantOrigin, grantOf, type OwnedGrant } from "#lib/store/sessions.ts";

/** A person with an account. */
export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: number;
  readonly disabledAt: number | null;
  readonly twoFactor: boolean;
  readonly hasPassword: boolean;
  readonly passkeys: number;
  /** Whose word opens the account beside all that: an OpenID provider by its issuer, or the proxy in front. */
  readonly vouchedBy: readonly string[];
  /** When one of the open sessions was last used; `null`: none is open. */
  readonly seenAt: number | null;
  readonly grants: readonly OwnedGrant[];
}

const whole = {
  grants: true,
  accounts: { select: { password: true, providerId: true } },
  passkeys: { select: { id: true } },
  sessions: { select: { updatedAt: true }, orderBy: { updatedAt: "desc" }, take: 1 },
} as const;

/** By address. */
export async function listPeople({ db }: Reading): Promise<PersonRow[]> {
  const rows = await db.user.findMany({ orderBy: { email: "asc" }, include: whole });
  return rows.map(personOf);
}

export async function findPerson({ db }: Reading, id: string): Promise<PersonRow | null> {
  const row = await db.user.findUnique({ where: { id }, include: whole });
  return row === null ? null : personOf(row);
}

export async function findPersonByEmail({ db }: Reading, email: string): Promise<PersonRow | null> {
  const row = await db.user.findUnique({ where: { email: email.toLowerCase() }, include: whole });
  return row === null ? null : personOf(row);
}

/** The address as its account has it; `null` when there is none. Cheap enough to be asked in a flood. */
export function addressOfAccount({ past }: Pick<Reading, "past">, email: string): string | null {
  const found = past.prepare(`SELECT "email" FROM "User" WHERE "email" = ?`).get(email) as
    | { readonly email: string }
    | undefined;
  return found?.email ?? null;
}

/** Whether anybody has an account yet. */
export async function hasPeople({ db }: Reading): Promise<boolean> {
  return (await db.user.findFirst({ select: { id: true } })) !== null;
}

export interface NewPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: number;
}

export async function insertPerson({ db }: Writing, { createdAt, ...person }: NewPerson): Promise<void> {
  const at = new Date(createdAt);
  const email = person.email.toLowerCase();
  await db.user.create({ data: { ...person, email, emailVerified: true, createdAt: at, updatedAt: at } });
}

export async function renamePerson({ db }: Writing, id: string, name: string, now: number): Promise<void> {
  await db.user.update({ where: { id }, data: { name, updatedAt: new Date(now) } });
}

/** `null` opens the account again. */
export async function setDisabled({ db }: Writing, id: string, at: number | null, now: number): Promise<void> {
  const disabledAt = at === null ? null : new Date(at);
  await db.user.update({ where: { id }, data: { disabledAt, updatedAt: new Date(now) } });
}

/** The one password of an account, as better-auth keeps it: an account of provider `credential`. */
export async function writePassword({ db }: Writing, userId: string, password: string, now: number): Promise<void> {
  const at = new Date(now);
  const key = { providerId: "credential", accountId: userId };
  await db.account.upsert({
    where: { providerId_accountId: key },
    create: { id: `password-${userId}`, ...key, userId, password, createdAt: at, updatedAt: at },
    update: { password, updatedAt: at },
  });
}

/** A person by what another calls them: `source` is whose word `subject` is. */
export async function findPersonBySubject({ db }: Reading, source: string, subject: string): Promise<PersonRow | null> {
  const row = await db.account.findUnique({
    where: { providerId_accountId: { providerId: source, accountId: subject } },
    include: { user: { include: whole } },
  });
  return row === null ? null : personOf(row.user);
}

/** From now on that word of that source means this person. */
export async function insertSubject(
  { db }: Writing,
  userId: string,
  { source, subject }: { readonly source: string; readonly subject: string },
  now: number,
): Promise<void> {
  const at = new Date(now);
  const id = randomUUID();
  await db.account.create({
    data: { id, providerId: source, accountId: subject, userId, createdAt: at, updatedAt: at },
  });
}

/** Takes away every way to sign in that is Pitwall's own: password, passkeys, second factor. */
export async function dropProofs({ db }: Writing, userId: string): Promise<void> {
  await db.account.deleteMany({ where: { userId, providerId: "credential" } });
  await db.passkey.deleteMany({ where: { userId } });
  await db.twoFactor.deleteMany({ where: { userId } });
  await db.user.update({ where: { id: userId }, data: { twoFactorEnabled: false } });
}

/** Replaces the grants of one origin; those of others stay. */
export async function replaceGrants(
  { db }: Writing,
  userId: string,
  given: { readonly origin: GrantOrigin; readonly grants: readonly Grant[]; readonly by: string },
  now: number,
): Promise<void> {
  const { origin, grants, by } = given;
  await db.grant.deleteMany({ where: { userId, origin } });
  await db.grant.createMany({
    data: grants.map(({ role, group }) => ({
      userId,
      role,
      group: group ?? allGroups,
      origin,
      createdAt: new Date(now),
      createdBy: by,
    })),
  });
}

/** People who may administer and can sign in. */
export async function openAdmins({ db }: Reading): Promise<string[]> {
  const rows = await db.grant.findMany({
    where: { role: "admin" satisfies Role, group: allGroups, user: { disabledAt: null } },
    select: { userId: true },
    distinct: ["userId"],
  });
  return rows.map(({ userId }) => userId);
}

interface WholeRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
  readonly twoFactorEnabled: boolean | null;
  readonly accounts: readonly { readonly password: string | null; readonly providerId: string }[];
  readonly passkeys: readonly unknown[];
  readonly sessions: readonly { readonly updatedAt: Date }[];
  readonly grants: readonly { readonly role: string; readonly group: string; readonly origin: string }[];
}

function personOf(row: WholeRow): PersonRow {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    createdAt: row.createdAt.getTime(),
    disabledAt: row.disabledAt?.getTime() ?? null,
    twoFactor: row.twoFactorEnabled === true,
    hasPassword: row.accounts.some(({ password }) => password !== null),
    passkeys: row.passkeys.length,
    vouchedBy: row.accounts.map(({ providerId }) => providerId).filter((by) => by !== "credential"),
    seenAt: row.sessions[0]?.updatedAt.getTime() ?? null,
    grants: row.grants.map(grantOf),
  };
}

/** A person's passkeys, the newest first. */
export async function listPasskeys(
  { db }: Reading,
  userId: string,
): Promise<{ readonly id: string; readonly name: string; readonly madeAt: number | null }[]> {
  const rows = await db.passkey.findMany({ where: { userId }, orderBy: { createdAt: "desc" }, take: 50 });
  return rows.map(({ id, name, createdAt }) => ({ id, name: name ?? "Passkey", madeAt: createdAt?.getTime() ?? null }));
}
