import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { person } from "#e2e/people.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { addUser, listUsers, resetUser, switchUser } from "#lib/cli/user.ts";
import { lookAtLink, redeemLink } from "#lib/commands/redeem-link.ts";
import {
  disablePerson,
  enablePerson,
  invitePerson,
  resetPerson,
  revokeSessions,
  setGrants,
} from "#lib/commands/tend-people.ts";
import { listAudit } from "#lib/store/audit.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { findPerson, listPeople } from "#lib/store/people.ts";
import { boardView } from "#lib/views/board-view.ts";

const now = Date.now();
const admin = person("root@example.com");
const everything = [{ role: "admin", group: null }] as const;
const parts = { hash: async (given: string) => `hashed ${given.length}`, objection: () => null };

async function emptyStore(t: TestContext): Promise<{ readonly store: Store; readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-people-"));
  const file = path.join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { store, folder };
}

async function invited(store: Store, email: string, grants: Parameters<typeof invitePerson>[2]["grants"] = everything) {
  const made = await invitePerson(store, admin, { email, grants }, now);
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

async function openSession(store: Store, userId: string): Promise<void> {
  const at = new Date(now);
  await store.write(({ db }) =>
    db.session.create({
      data: {
        id: `s-${userId}`,
        token: `t-${userId}`,
        userId,
        expiresAt: new Date(now + 1e6),
        createdAt: at,
        updatedAt: at,
      },
    }),
  );
}

const sessionsOf = (store: Store, userId: string) => store.read(({ db }) => db.session.count({ where: { userId } }));

test("an invitation opens one account once, with the roles it was made for", async (t) => {
  const { store } = await emptyStore(t);
  const grants = [{ role: "responder", group: "shops" }] as const;
  const { id, secret } = await invited(store, "Ann@Example.com", grants);
  assert.deepEqual(await lookAtLink(store, secret, now), {
    ok: true,
    value: { purpose: "invite", email: "ann@example.com", needsPassword: true },
  });
  const at = { from: "192.0.2.1", now };
  assert.ok((await redeemLink(store, parts, { secret, password: "whatever it is" }, at)).ok);
  const again = await redeemLink(store, parts, { secret, password: "another one here" }, at);
  assert.ok(!again.ok && again.error.code === "gone");
  const ann = await store.read((reading) => findPerson(reading, id));
  assert.deepEqual(ann?.grants, [{ role: "responder", group: "shops", origin: "hand" }]);
  assert.ok(ann.hasPassword);
});

test("an address has one account, whatever its letters", async (t) => {
  const { store } = await emptyStore(t);
  await invited(store, "ann@example.com");
  const twice = await invitePerson(store, admin, { email: "ANN@example.com", grants: [] }, now);
  assert.ok(!twice.ok && twice.error.code === "conflict");
  for (const email of ["", "ann", "ann@", "a b@example.com", `${"x".repeat(300)}@example.com`]) {
    const made = await invitePerson(store, admin, { email, grants: [] }, now);
    assert.ok(!made.ok && made.error.code === "invalid-request", email);
  }
});

test("a reset takes away every way to sign in, ends all sessions, and makes earlier links worthless", async (t) => {
  const { store } = await emptyStore(t);
  const { id, secret: first } = await invited(store, "ann@example.com");
  await redeemLink(store, parts, { secret: first, password: "the old password" }, { from: null, now });
  await openSession(store, id);
  const early = await resetPerson(store, admin, { id }, now);
  const late = await resetPerson(store, admin, { id }, now);
  assert.ok(early.ok && late.ok);
  assert.equal(await sessionsOf(store, id), 0);
  assert.equal((await store.read((reading) => findPerson(reading, id)))?.hasPassword, false);
  assert.equal((await lookAtLink(store, early.value.secret, now)).ok, false);
  assert.ok((await lookAtLink(store, late.value.secret, now)).ok);
});

test("a closed account loses sessions and links at once, and is opened again as it was", async (t) => {
  const { store } = await emptyStore(t);
  await invited(store, "root@example.com");
  const { id, secret } = await invited(store, "ann@example.com", [{ role: "viewer", group: null }]);
  await openSession(store, id);
  assert.ok((await disablePerson(store, admin, { id }, now)).ok);
  assert.equal(await sessionsOf(store, id), 0);
  assert.equal((await lookAtLink(store, secret, now)).ok, false);
  assert.equal((await resetPerson(store, admin, { id }, now)).ok, false);
  assert.ok((await enablePerson(store, admin, { id }, now)).ok);
  const ann = await store.read((reading) => findPerson(reading, id));
  assert.deepEqual([ann?.disabledAt, ann?.grants[0]?.role], [null, "viewer"]);
});

test("the last administrator can neither be closed nor demoted, by nobody", async (t) => {
  const { store } = await emptyStore(t);
  const first = await invited(store, "one@example.com");
  const viewer = [{ role: "viewer", group: null }] as const;
  for (const refused of [
    await disablePerson(store, admin, { id: first.id }, now),
    await setGrants(store, admin, { id: first.id, grants: viewer }, now),
    await setGrants(store, admin, { id: first.id, grants: [{ role: "admin", group: "shops" }] }, now),
  ]) {
    assert.ok(!refused.ok && refused.error.code === "conflict", JSON.stringify(refused));
  }
  const second = await invited(store, "two@example.com");
  assert.ok((await setGrants(store, admin, { id: first.id, grants: viewer }, now)).ok);
  assert.equal((await disablePerson(store, admin, { id: second.id }, now)).ok, false);
});

test("changing what somebody may ends the sessions of before", async (t) => {
  const { store } = await emptyStore(t);
  await invited(store, "root@example.com");
  const { id } = await invited(store, "ann@example.com", [{ role: "viewer", group: null }]);
  await openSession(store, id);
  assert.ok((await setGrants(store, admin, { id, grants: [{ role: "operator", group: "shops" }] }, now)).ok);
  assert.equal(await sessionsOf(store, id), 0);
  const [told] = await store.read((reading) => listAudit(reading, 1));
  assert.deepEqual(told?.before, [{ role: "viewer", group: null }]);
  assert.deepEqual(told?.after, [{ role: "operator", group: "shops" }]);
});

test("only who administers everything tends people", async (t) => {
  const { store } = await emptyStore(t);
  const { id } = await invited(store, "ann@example.com");
  for (const actor of [person("op", "operator"), person("half", "admin", "shops")]) {
    for (const refused of [
      await invitePerson(store, actor, { email: "eve@example.com", grants: everything }, now),
      await resetPerson(store, actor, { id }, now),
      await disablePerson(store, actor, { id }, now),
      await enablePerson(store, actor, { id }, now),
      await setGrants(store, actor, { id, grants: everything }, now),
      await revokeSessions(store, actor, { id }, now),
    ]) {
      assert.ok(!refused.ok && refused.error.code === "forbidden", JSON.stringify(refused));
    }
  }
});

test("the command line opens a way in while the web is down, and the board and the audit log say so", async (t) => {
  const { store, folder } = await emptyStore(t);
  const said: string[] = [];
  const surroundings = {
    env: { NODE_ENV: "test" as const, PITWALL_DATA: folder, PORT: "4321" },
    cwd: folder,
    signal: new AbortController().signal,
    say: (line: string) => void said.push(line),
    complain: (line: string) => void said.push(`! ${line}`),
  };
  assert.equal(await addUser(surroundings, "root@example.com", { role: "admin" }), 0);
  const secret = /http:\/\/127\.0\.0\.1:4321\/welcome#(\S+)/.exec(said.join("\n"))?.[1] ?? "";
  assert.ok((await lookAtLink(store, secret, Date.now())).ok);
  assert.equal(await addUser(surroundings, "ann@example.com", { role: "emperor" }), 1);
  assert.equal(await addUser(surroundings, "ann@example.com", { role: "operator", group: "shops" }), 0);
  assert.equal(await resetUser(surroundings, "ann@example.com"), 0);
  assert.equal(await switchUser(surroundings, "ann@example.com", false), 0);
  assert.equal(await switchUser(surroundings, "root@example.com", false), 1, "the last administrator stays");
  said.length = 0;
  assert.equal(await listUsers(surroundings), 0);
  assert.match(said.join("\n"), /ann@example\.com +closed +operator of shops/);
  const [last] = await store.read((reading) => listAudit(reading, 1));
  assert.deepEqual([last?.actor.name, last?.command], ["command line", "disable-person"]);
  const { notices } = (await boardView(store, wholeSight, Date.now())).poller;
  const texts = notices.filter(({ kind }) => kind === "break-glass").map(({ message }) => message);
  assert.ok(
    texts.some((text) => text.includes("closed an account")),
    texts.join("; "),
  );
  assert.ok(!JSON.stringify(notices).includes("@"), "whose it is stands in the audit log alone");
  assert.equal((await store.read(listPeople)).length, 2);
});
