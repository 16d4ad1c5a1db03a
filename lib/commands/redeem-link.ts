import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { hashLinkSecret } from "#lib/access/link-secret.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { findLink, type LinkRow, spendLink } from "#lib/store/one-time-links.ts";
import type { Reading, Store, Writing } from "#lib/store/open-store.ts";
import {
  findPerson,
  findPersonByEmail,
  hasPeople,
  insertPerson,
  renamePerson,
  replaceGrants,
  writePassword,
} from "#lib/store/people.ts";
import { endSessions } from "#lib/store/sessions.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { type LinkAnswer, type LinkPurpose, linkUse } from "#lib/wire/sign-in.ts";

/** What passwords are hashed and judged with. */
export interface PasswordParts {
  readonly hash: (password: string) => Promise<string>;
  /** Why it is refused, as a sentence; `null` when it is good. */
  readonly objection: (password: string, words: readonly string[]) => string | null;
}

export interface LinkGiven {
  readonly secret: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

const dead: Refusal = {
  code: "gone",
  detail: "This link was used, has expired, or never was. Ask for a new one.",
};

/** What a link would do. Nothing is used up by asking. */
export async function lookAtLink(store: Store, secret: string, now: number): Promise<Result<LinkAnswer, Refusal>> {
  return await store.read(async (reading) => {
    const link = await openLink(reading, secret, now);
    if (link === null) return err(dead);
    const person = link.userId === null ? null : await findPerson(reading, link.userId);
    return ok({ purpose: link.purpose, email: person?.email ?? null, needsPassword: asksPassword(link.purpose) });
  });
}

function asksPassword(purpose: LinkPurpose): boolean {
  return purpose !== "demo";
}

async function openLink(reading: Reading, secret: string, now: number): Promise<LinkRow | null> {
  const link = await findLink(reading, hashLinkSecret(secret));
  if (link === null || link.usedAt !== null || link.expiresAt <= now) return null;
  if (link.purpose === "setup") return (await hasPeople(reading)) ? null : link;
  if (link.userId === null) return null;
  const person = await findPerson(reading, link.userId);
  return person === null || person.disabledAt !== null ? null : link;
}

/**
 * Uses a link up: makes the first account, or opens the one it is for, with the password that was chosen. Whoever comes
 * second is refused, and so is a password that would not hold; the link stays good for another try then.
 */
export async function redeemLink(
  store: Store,
  parts: PasswordParts,
  given: LinkGiven,
  at: { readonly from: string | null; readonly now: number },
): Promise<Result<{ readonly userId: string }, Refusal>> {
  const parsed = linkUse.safeParse(given);
  if (!parsed.success) return err(invalid(parsed.error.issues[0]?.message ?? "The form is not filled in"));
  const { secret, email, name, password } = parsed.data;
  const asked = await lookAtLink(store, secret, at.now);
  if (!asked.ok) return asked;
  const { purpose } = asked.value;
  const words = [email ?? asked.value.email ?? "", name ?? ""];
  if (purpose === "setup" && email === undefined) return err(invalid("Give your address: it is how you sign in."));
  const hashed = await hashOf(parts, purpose, password, words);
  if (!hashed.ok) return hashed;
  return await store.write(async (writing) => {
    const link = await openLink(writing, secret, at.now);
    if (link === null || !(await spendLink(writing, link.id, at.now))) return err(dead);
    const person = await personOf(writing, link, { email, name }, at.now);
    if (name !== undefined && link.userId !== null) await renamePerson(writing, person.id, name, at.now);
    if (hashed.value !== null) await writePassword(writing, person.id, hashed.value, at.now);
    const ended = purpose === "reset" ? await endSessions(writing, person.id) : 0;
    const actor: Pick<Actor, "kind" | "name" | "from"> = { kind: "person", name: person.email, from: at.from };
    await insertAudit(writing, {
      at: at.now,
      actor,
      command: `use-${purpose}-link`,
      target: person.email,
      after: { linkBy: link.createdBy, passwordSet: hashed.value !== null, sessionsEnded: ended },
    });
    return ok({ userId: person.id });
  });
}

async function hashOf(
  { hash, objection }: PasswordParts,
  purpose: LinkPurpose,
  password: string | undefined,
  words: readonly string[],
): Promise<Result<string | null, Refusal>> {
  // Without one, the person signs in by this link and then adds a passkey.
  if (!asksPassword(purpose) || password === undefined) return ok(null);
  const wrong = objection(password, words);
  return wrong === null ? ok(await hash(password)) : err(invalid(wrong));
}

async function personOf(
  writing: Writing,
  link: LinkRow,
  told: { readonly email: string | undefined; readonly name: string | undefined },
  now: number,
): Promise<{ readonly id: string; readonly email: string }> {
  if (link.userId !== null) {
    const person = await findPerson(writing, link.userId);
    if (person === null) throw new Error("an open link leads to nobody");
    return person;
  }
  const email = told.email ?? "";
  const known = await findPersonByEmail(writing, email);
  if (known !== null) throw new Error("a setup link was open beside an account");
  const id = randomUUID();
  await insertPerson(writing, { id, email, name: told.name ?? email.split("@")[0] ?? email, createdAt: now });
  const grants = [{ role: "admin", group: null }] as const;
  await replaceGrants(writing, id, { origin: "hand", grants, by: link.createdBy }, now);
  return { id, email };
}

function invalid(detail: string): Refusal {
  return { code: "invalid-request", detail };
}
