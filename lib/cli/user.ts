import { existsSync } from "node:fs";
import { type Grant, type Role, roles } from "#lib/access/roles.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { commandLine, pageOfLink } from "#lib/cli/welcome.ts";
import { disablePerson, enablePerson, invitePerson, resetPerson } from "#lib/commands/tend-people.ts";
import { readEnv } from "#lib/config/env.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { listPeople, type PersonRow } from "#lib/store/people.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** `pitwall user add`: for the day nobody can sign in. Prints a link that sets the password. */
export async function addUser(
  surroundings: Surroundings,
  email: string,
  { role, group }: { readonly role: string; readonly group?: string },
): Promise<number> {
  const known = roles.find((one): one is Role => one === role);
  if (known === undefined) return refuse(surroundings, `--role is one of ${roles.join(", ")}`);
  const grants: Grant[] = [{ role: known, group: group ?? null }];
  return await onStore(surroundings, async (store, base) => {
    const invited = await invitePerson(store, commandLine, { email, grants }, Date.now());
    return invited.ok
      ? ok(linkLines(base, invited.value.secret, "sets the password, once, within three days"))
      : told(invited);
  });
}

/** `pitwall user reset`: takes away password, passkeys and second factor, and prints a link that sets a new password. */
export async function resetUser(surroundings: Surroundings, email: string): Promise<number> {
  return await onStore(surroundings, async (store, base) => {
    const reset = await resetPerson(store, commandLine, { email }, Date.now());
    return reset.ok ? ok(linkLines(base, reset.value.secret, "sets a new password, once, within a day")) : told(reset);
  });
}

/** `pitwall user disable` and `enable`. */
export async function switchUser(surroundings: Surroundings, email: string, open: boolean): Promise<number> {
  return await onStore(surroundings, async (store) => {
    const change = open ? enablePerson : disablePerson;
    const changed = await change(store, commandLine, { email }, Date.now());
    return changed.ok
      ? ok([`${email} is ${open ? "open again" : "closed, and signed out everywhere"}`])
      : told(changed);
  });
}

/** `pitwall user list`. */
export async function listUsers(surroundings: Surroundings): Promise<number> {
  return await onStore(surroundings, async (store) => {
    const people = await store.read(listPeople);
    if (people.length === 0)
      return ok(["nobody has an account yet; `npm start` prints a link that makes the first one"]);
    const widest = Math.max(...people.map(({ email }) => email.length));
    return ok(people.map((person) => `${person.email.padEnd(widest)}  ${wordsOf(person)}`));
  });
}

function wordsOf({ grants, disabledAt, twoFactor, passkeys, hasPassword, vouchedBy }: PersonRow): string {
  const may = grants.map(({ role, group }) => (group === null ? role : `${role} of ${group}`)).join(", ");
  const proofs = [
    ...(hasPassword ? ["password"] : []),
    ...(passkeys > 0 ? [`${passkeys} ${passkeys === 1 ? "passkey" : "passkeys"}`] : []),
    ...(twoFactor ? ["second factor"] : []),
    ...vouchedBy.map((by) => (by === "proxy" ? "the proxy" : "OpenID")),
  ];
  const how = proofs.length === 0 ? "no way in yet" : proofs.join(", ");
  return `${disabledAt === null ? "open  " : "closed"}  ${may || "no role"}  (${how})`;
}

function linkLines(base: string, secret: string, what: string): string[] {
  return [`This link ${what}:`, `  ${base}${pageOfLink(secret)}`];
}

function told(refused: { readonly error: Refusal }): Result<never, string> {
  return err(refused.error.detail);
}

async function onStore(
  surroundings: Surroundings,
  work: (store: Store, base: string) => Promise<Result<readonly string[], string>>,
): Promise<number> {
  const parsed = readEnv(surroundings.env, surroundings.cwd);
  if (!parsed.ok) return refuse(surroundings, ...parsed.error);
  const { storeFile, host, port } = parsed.value;
  if (!existsSync(storeFile)) return refuse(surroundings, `there is no store ${storeFile} yet; \`npm start\` makes it`);
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  try {
    const done = await work(store, `http://${host.includes(":") ? `[${host}]` : host}:${port}`);
    if (!done.ok) return refuse(surroundings, done.error);
    for (const line of done.value) surroundings.say(line);
    return 0;
  } finally {
    await store.close();
  }
}

function refuse({ complain }: Surroundings, ...lines: readonly string[]): number {
  for (const line of lines) complain(line);
  return 1;
}
