import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import type { CommandName } from "#lib/access/doors/commands.ts";
import { type Grant, roles } from "#lib/access/roles.ts";
import { writeLink } from "#lib/commands/make-link.ts";
import { err, type Result } from "#lib/core/result.ts";
import { type Acted, done, type Refused, unchanged } from "#lib/store/act.ts";
import { dropLinks } from "#lib/store/one-time-links.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import {
  dropProofs,
  findPerson,
  findPersonByEmail,
  insertPerson,
  openAdmins,
  type PersonRow,
  replaceGrants,
  setDisabled,
} from "#lib/store/people.ts";
import { endSessions } from "#lib/store/sessions.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { emailAddress } from "#lib/wire/sign-in.ts";

/** A person and the only copy of the secret of a link to them. */
export interface Invited {
  readonly id: string;
  readonly secret: string;
}

/** Makes an account that a link opens once: its owner then chooses a password or a passkey. */
export async function invitePerson(
  store: ActingStore,
  actor: Actor,
  input: { readonly email: string; readonly name?: string; readonly grants: readonly Grant[] },
  now: number,
): Promise<Result<Invited, Refusal>> {
  const email = emailAddress.safeParse(input.email.trim());
  if (!email.success) return err(invalid(`${input.email.slice(0, 100)} is no address`));
  const wrong = grantsObjection(input.grants);
  if (wrong !== null) return err(invalid(wrong));
  const deed = { actor, command: "invite-person", target: email.data, at: now };
  return await store.act(deed, async (writing) => {
    const refusal = commandRefusal(actor, "invite-person", "all");
    if (refusal !== null) return err(refusal);
    if ((await findPersonByEmail(writing, email.data)) !== null) {
      return err({ code: "conflict", detail: `${email.data} has an account already` });
    }
    const id = randomUUID();
    const name = input.name?.trim() || (email.data.split("@")[0] ?? email.data);
    await insertPerson(writing, { id, name: name.slice(0, 120), email: email.data, createdAt: now });
    await replaceGrants(writing, id, { origin: "hand", grants: input.grants, by: actor.name }, now);
    const secret = await writeLink(writing, actor, { purpose: "invite", userId: id }, now);
    return done({ id, secret }, { after: { grants: input.grants } });
  });
}

/** Which person: by id from a page, by address from the command line. */
export type Which = { readonly id: string } | { readonly email: string };

/**
 * Takes away every way to sign in that is Pitwall's own, ends all sessions, and makes a link by which a new one is chosen. Who
 * is vouched for by a provider or a proxy stays so: only closing the account here shuts that door.
 */
export async function resetPerson(
  store: ActingStore,
  actor: Actor,
  input: Which,
  now: number,
): Promise<Result<Invited, Refusal>> {
  return await onPerson(store, { actor, command: "reset-person", at: now }, input, async (writing, person) => {
    if (person.disabledAt !== null)
      return err({ code: "conflict", detail: `${person.email} is closed; open it first` });
    await dropProofs(writing, person.id);
    const sessions = await endSessions(writing, person.id);
    const secret = await writeLink(writing, actor, { purpose: "reset", userId: person.id }, now);
    return done({ id: person.id, secret }, { after: { sessionsEnded: sessions } });
  });
}

/** Closes an account: its sessions end, its links die, what it did stays. The last administrator stays. */
export async function disablePerson(
  store: ActingStore,
  actor: Actor,
  input: Which,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  return await onPerson(store, { actor, command: "disable-person", at: now }, input, async (writing, person) => {
    if (person.disabledAt !== null) return unchanged({ id: person.id });
    const last = await lastAdminRefusal(writing, person);
    if (last !== null) return err(last);
    await setDisabled(writing, person.id, now, now);
    await dropLinks(writing, { userId: person.id });
    const sessions = await endSessions(writing, person.id);
    return done({ id: person.id }, { after: { sessionsEnded: sessions } });
  });
}

/** Opens a closed account again, as it was. */
export async function enablePerson(
  store: ActingStore,
  actor: Actor,
  input: Which,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  return await onPerson(store, { actor, command: "enable-person", at: now }, input, async (writing, person) => {
    if (person.disabledAt === null) return unchanged({ id: person.id });
    await setDisabled(writing, person.id, null, now);
    return done({ id: person.id });
  });
}

/** Replaces the roles that were given by hand. Sessions of before end, but the actor's own: a privilege is asked for anew. */
export async function setGrants(
  store: ActingStore,
  actor: Actor,
  input: Which & { readonly grants: readonly Grant[] },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const wrong = grantsObjection(input.grants);
  if (wrong !== null) return err(invalid(wrong));
  return await onPerson(store, { actor, command: "set-grants", at: now }, input, async (writing, person) => {
    const before = handGrants(person);
    const stays = input.grants.some(({ role, group }) => role === "admin" && group === null);
    const last = stays ? null : await lastAdminRefusal(writing, person);
    if (last !== null) return err(last);
    await replaceGrants(writing, person.id, { origin: "hand", grants: input.grants, by: actor.name }, now);
    if (actor.id !== person.id) await endSessions(writing, person.id);
    return done({ id: person.id }, { before, after: input.grants });
  });
}

/** Ends all sessions of a person. */
export async function revokeSessions(
  store: ActingStore,
  actor: Actor,
  input: Which,
  now: number,
): Promise<Result<{ readonly ended: number }, Refusal>> {
  return await onPerson(store, { actor, command: "revoke-sessions", at: now }, input, async (writing, person) => {
    const ended = await endSessions(writing, person.id);
    return done({ ended }, { after: { sessionsEnded: ended } });
  });
}

async function onPerson<T>(
  store: ActingStore,
  doing: { readonly actor: Actor; readonly command: CommandName; readonly at: number },
  which: Which,
  work: (writing: Writing, person: PersonRow) => Promise<Acted<T> | Refused>,
): Promise<Result<T, Refusal>> {
  const target = "id" in which ? which.id : which.email.trim();
  return await store.act({ ...doing, target }, async (writing) => {
    const refusal = commandRefusal(doing.actor, doing.command, "all");
    if (refusal !== null) return err(refusal);
    const person = "id" in which ? await findPerson(writing, which.id) : await findPersonByEmail(writing, target);
    if (person === null) return err({ code: "not-found", detail: "There is no such person" });
    const acted = await work(writing, person);
    if ("error" in acted || acted.kind !== "done") return acted;
    return done(acted.value, { ...acted.learned, target: person.email });
  });
}

/** Somebody must be left who can give roles and open accounts. */
async function lastAdminRefusal(writing: Writing, { id, email }: PersonRow): Promise<Refusal | null> {
  const admins = await openAdmins(writing);
  if (admins.length !== 1 || admins[0] !== id) return null;
  return { code: "conflict", detail: `${email} is the last administrator. Make another one first.` };
}

function handGrants(person: PersonRow): Grant[] {
  return person.grants.filter(({ origin }) => origin === "hand").map(({ role, group }) => ({ role, group }));
}

const mostGrants = 100;

function grantsObjection(grants: readonly Grant[]): string | null {
  if (grants.length > mostGrants) return `A person has ${mostGrants} roles at most`;
  if (grants.some(({ role }) => !roles.includes(role))) return `A role is one of ${roles.join(", ")}`;
  const groups = grants.map(({ group }) => group);
  if (new Set(groups).size < groups.length) return "A person has one role over each group";
  // `*` stands for all services where grants are kept.
  if (groups.some((group) => group !== null && (group === "*" || group.trim() === "" || group.length > 120))) {
    return "A group is named as in pitwall.yaml";
  }
  return null;
}

function invalid(detail: string): Refusal {
  return { code: "invalid-request", detail };
}
