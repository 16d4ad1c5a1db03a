import { randomUUID } from "node:crypto";
import { grantedBy, sameGrants } from "#lib/access/vouched/granted.ts";
import type { Admission, NotAdmitted, VouchedPerson, Voucher } from "#lib/access/vouched/person.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import {
  findPerson,
  findPersonByEmail,
  findPersonBySubject,
  insertPerson,
  insertSubject,
  type PersonRow,
  replaceGrants,
} from "#lib/store/people.ts";
import type { Refusal } from "#lib/wire/problem.ts";

type Admitted = Result<{ readonly userId: string }, NotAdmitted>;

/**
 * The account of somebody for whom a provider or a proxy vouches, made at first sight, with exactly the roles that their
 * groups give now; what was given by hand stays beside them. Whoever has no role then is not let in, and has lost those of
 * before all the same.
 */
export async function admitPerson(
  store: Store,
  voucher: Voucher,
  vouched: VouchedPerson,
  admission: Admission,
): Promise<Admitted> {
  const { wanted, now } = admission;
  const grants = grantedBy(vouched.groups, voucher.roles);
  return await store.write(async (writing) => {
    const known = await findPersonBySubject(writing, vouched.source, vouched.subject);
    if (wanted !== null && known?.id !== wanted) return err(somebodyElse(voucher));
    if (known !== null && known.disabledAt !== null) return err(closed);
    const person = known ?? (await meet(writing, voucher, vouched, grants.length > 0, admission));
    if ("error" in person) return person;
    const before = person.grants.filter(({ origin }) => origin === vouched.by).map(plain);
    if (!sameGrants(before, grants)) {
      await replaceGrants(writing, person.id, { origin: vouched.by, grants, by: voucher.name }, now);
      const actor = { kind: "system", name: voucher.name, from: admission.from } as const;
      const told = { command: "set-grants", target: person.email, before, after: grants };
      await insertAudit(writing, { at: now, actor, ...told });
    }
    const byHand = person.grants.some(({ origin }) => origin === "hand");
    return grants.length > 0 || byHand ? ok({ userId: person.id }) : err(noRole(voucher, vouched));
  });
}

function plain({ role, group }: PersonRow["grants"][number]) {
  return { role, group };
}

/** Makes the account, or takes the one of their address where that is wanted and the address is proven. */
async function meet(
  writing: Writing,
  voucher: Voucher,
  vouched: VouchedPerson,
  hasRole: boolean,
  { from, now }: Admission,
): Promise<PersonRow | { readonly ok: false; readonly error: NotAdmitted }> {
  const { email, source, subject, by } = vouched;
  if (email === null) return err(noAddress(voucher));
  const actor = { kind: "person", name: email, from, method: by } as const;
  const same = await findPersonByEmail(writing, email);
  if (same !== null) {
    if (same.disabledAt !== null) return err(closed);
    if (!voucher.linkByEmail || vouched.emailVerified !== true) return err(notLinked(voucher, email));
    await insertSubject(writing, same.id, { source, subject }, now);
    await insertAudit(writing, { at: now, actor, command: "link-person", target: email, after: { source, subject } });
    return same;
  }
  if (vouched.emailVerified === false) return err(unproven(voucher, email));
  if (!hasRole) return err(noRole(voucher, vouched));
  const id = randomUUID();
  const name = vouched.name ?? email.split("@")[0] ?? email;
  await insertPerson(writing, { id, name: name.slice(0, 120), email, createdAt: now });
  await insertSubject(writing, id, { source, subject }, now);
  await insertAudit(writing, { at: now, actor, command: "admit-person", target: email, after: { source, subject } });
  const made = await findPerson(writing, id);
  if (made === null) throw new Error("an account that was just made is not there");
  return made;
}

const closed: Refusal = {
  code: "forbidden",
  detail: "Your account here is closed. Whoever administers Pitwall can open it again.",
};

function noRole({ name, place }: Voucher, { email, subject, groups }: VouchedPerson): NotAdmitted {
  const who = email ?? foreignLine(subject, 100);
  const detail = `${name} knows you as ${who}, but nothing it says of you gives a role here. Whoever administers Pitwall can add one of your groups under ${place} in pitwall.yaml.`;
  return { code: "forbidden", detail, groups: groups.map((group) => foreignLine(group, 100)) };
}

function somebodyElse({ name }: Voucher): Refusal {
  return { code: "forbidden", detail: `${name} says that you are somebody else than whoever is signed in here.` };
}

function noAddress({ name }: Voucher): Refusal {
  const detail = `${name} tells no mail address of yours, and Pitwall calls people by theirs. It has to be told to send one.`;
  return { code: "forbidden", detail };
}

function unproven({ name }: Voucher, email: string): Refusal {
  return {
    code: "forbidden",
    detail: `${name} has not verified that ${email} is yours. Do that there, then sign in again.`,
  };
}

function notLinked({ name }: Voucher, email: string): Refusal {
  const detail = `There is an account of ${email} here that ${name} does not open. Sign in by what it has: its password or passkey.`;
  return { code: "conflict", detail };
}
