import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { makeKey, openKeyring, readKeys, writeKeys } from "#lib/access/keyring.ts";
import { forgetKey, prepareKeys, rotateKeys } from "#lib/access/rotate-keys.ts";
import { ensureSealed, open, readSealed, seal, writeSealed } from "#lib/access/sealed.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { findSealed, putSealed } from "#lib/store/sealed.ts";

const now = Date.UTC(2026, 10, 20, 12);
const place = { purpose: "oidc", id: "client-secret" };
const canary = "correct-horse-battery-staple";

async function installation(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-sealed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const storeFile = path.join(folder, "pitwall.db");
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  t.after(() => store.close());
  const file = path.join(folder, "keys");
  return { folder, storeFile, store, file, keyring: openKeyring(file) };
}

function keysOf(file: string) {
  const keys = readKeys(file);
  assert.ok(keys.ok, JSON.stringify(keys));
  return keys.value;
}

function keysOn(...all: ReturnType<typeof makeKey>[]) {
  const current = all.at(-1);
  assert.ok(current);
  return { current, all };
}

test("whatever is sealed opens again, and at no other place", () => {
  const keys = keysOn(makeKey(now));
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), fc.string(), (value, purpose, id) => {
      const sealed = seal(keys, { purpose, id }, value);
      assert.deepEqual(open(keys, { purpose, id }, sealed), { ok: true, value: value.toWellFormed() });
      assert.ok(!open(keys, { purpose: `${purpose}x`, id }, sealed).ok);
      assert.ok(!open(keys, { purpose, id: `x${id}` }, sealed).ok);
      // Neither half of a place may be shifted into the other.
      if (id !== "") assert.ok(!open(keys, { purpose: purpose + id, id: "" }, sealed).ok);
    }),
  );
});

test("one changed letter, and it does not open", () => {
  const keys = keysOn(makeKey(now));
  const sealed = seal(keys, place, canary);
  assert.ok(!sealed.body.includes(canary));
  for (let i = 2; i < sealed.body.length; i += 1) {
    const letter = sealed.body[i] === "A" ? "B" : "A";
    const changed = { ...sealed, body: sealed.body.slice(0, i) + letter + sealed.body.slice(i + 1) };
    const opened = open(keys, place, changed);
    // The last letter of base64url may hold bits that stand for nothing.
    assert.ok(!opened.ok || opened.value === canary);
  }
  for (const body of ["", "1", "1..", "2.AAAA.BBBB", "\u0000", "1.".repeat(1_000)]) {
    assert.ok(!open(keys, place, { ...sealed, body }).ok);
  }
});

test("the same value never looks the same twice", () => {
  const keys = keysOn(makeKey(now));
  assert.notEqual(seal(keys, place, canary).body, seal(keys, place, canary).body);
});

test("the first start makes a key that only its owner may read; the next one keeps it", async (t) => {
  const { store, file } = await installation(t);
  assert.ok((await prepareKeys(file, store, now)).ok);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const [first] = keysOf(file).all;
  assert.ok((await prepareKeys(file, store, now + 1)).ok);
  assert.deepEqual(keysOf(file).all, [first]);
});

test("a keys file that everybody may read is refused with the remedy", async (t) => {
  const { store, file } = await installation(t);
  await prepareKeys(file, store, now);
  chmodSync(file, 0o644);
  const refused = await prepareKeys(file, store, now);
  assert.ok(!refused.ok);
  assert.match(refused.error, /open to everybody .* chmod 600/);
});

test("a damaged keys file is told by its line, never by what stands in it", async (t) => {
  const { file } = await installation(t);
  const key = makeKey(now);
  writeFileSync(file, `# x\n${key.id} ${new Date(now).toISOString()} ${key.bytes.toString("base64")}=\n`, {
    mode: 0o600,
  });
  const read = readKeys(file);
  assert.ok(!read.ok);
  assert.match(read.error, /^line 2 of .* is no key$/);
  assert.ok(!read.error.includes(key.bytes.toString("base64").slice(0, 10)));
});

test("the store holds nothing of a sealed value, and gives it back with the key", async (t) => {
  const { store, storeFile, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  assert.ok((await store.write((writing) => writeSealed(writing, keyring, place, canary, now))).ok);
  for (const name of [storeFile, `${storeFile}-wal`]) assert.ok(!readFileSync(name).includes(canary), name);
  assert.deepEqual(await store.read((reading) => readSealed(reading, keyring, place)), { ok: true, value: canary });
  await store.write((writing) => writeSealed(writing, keyring, place, null, now));
  assert.deepEqual(await store.read((reading) => readSealed(reading, keyring, place)), { ok: true, value: null });
});

test("a row that was moved to another purpose does not open there", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  await store.write((writing) => writeSealed(writing, keyring, place, canary, now));
  const row = await store.read((reading) => findSealed(reading, place));
  assert.ok(row);
  const other = { purpose: "webhook", id: "client-secret" };
  await store.write((writing) => putSealed(writing, { ...row, ...other }));
  const opened = await store.read((reading) => readSealed(reading, keyring, other));
  assert.ok(!opened.ok);
  assert.match(opened.error, /belongs to another place/);
});

test("a secret that Pitwall makes for itself is made once, however many ask", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  let made = 0;
  const make = () => `made ${++made}`;
  const given = await Promise.all([1, 2, 3].map(() => ensureSealed(store, keyring, place, make, now)));
  assert.deepEqual(new Set(given.map((one) => (one.ok ? one.value : one.error))), new Set(["made 1"]));
});

test("without the right key nothing starts, nothing opens and nothing is lost", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  await store.write((writing) => writeSealed(writing, keyring, place, canary, now));
  const right = readFileSync(file, "utf8");
  rmSync(file);
  const lost = await prepareKeys(file, store, now);
  assert.ok(!lost.ok);
  assert.match(lost.error, /no keys file .* holds sealed values; put it back/);
  writeKeys(file, [makeKey(now)]);
  const wrong = await prepareKeys(file, store, now);
  assert.ok(!wrong.ok);
  assert.match(wrong.error, /does not hold k[0-9a-f]{12}, under which a value .* Nothing was changed/);
  const opened = await store.read((reading) => readSealed(reading, keyring, place));
  assert.ok(!opened.ok && /which the keys file does not hold/.test(opened.error));
  const rotated = await rotateKeys(file, store, now);
  assert.ok(rotated.ok && rotated.value.left.length === 1 && rotated.value.values === 0);
  writeFileSync(file, right);
  assert.deepEqual(await store.read((reading) => readSealed(reading, keyring, place)), { ok: true, value: canary });
});

test("a rotation seals everything anew while others read, and lets the old key be forgotten", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  const places = Array.from({ length: 20 }, (_, n) => ({ purpose: "webhook", id: `${n}` }));
  for (const [n, one] of places.entries()) {
    await store.write((writing) => writeSealed(writing, keyring, one, `${canary} ${n}`, now));
  }
  const old = keysOf(file).current;
  const tooSoon = await forgetKey(file, store, old.id);
  assert.ok(!tooSoon.ok && /current key/.test(tooSoon.error));
  const rotation = await rotateKeys(file, store, now + 1);
  assert.ok(rotation.ok);
  assert.deepEqual([rotation.value.resumed, rotation.value.values, rotation.value.left], [false, 20, []]);
  assert.notEqual(rotation.value.current.id, old.id);
  assert.ok((await forgetKey(file, store, old.id)).ok);
  assert.deepEqual(
    keysOf(file).all.map(({ id }) => id),
    [rotation.value.current.id],
  );
  for (const [n, one] of places.entries()) {
    const opened = await store.read((reading) => readSealed(reading, keyring, one));
    assert.deepEqual(opened, { ok: true, value: `${canary} ${n}` });
  }
});

test("a rotation that died after it wrote its key is ended by the next one, without a key more", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  await store.write((writing) => writeSealed(writing, keyring, place, canary, now));
  const [old] = keysOf(file).all;
  assert.ok(old);
  const begun = makeKey(now + 1);
  writeKeys(file, [old, begun]);
  const refused = await forgetKey(file, store, old.id);
  assert.ok(!refused.ok && /still guards a value/.test(refused.error));
  const rotation = await rotateKeys(file, store, now + 2);
  assert.ok(rotation.ok);
  assert.deepEqual([rotation.value.resumed, rotation.value.current.id, rotation.value.values], [true, begun.id, 1]);
  assert.deepEqual(await store.read((reading) => readSealed(reading, keyring, place)), { ok: true, value: canary });
});

test("two rotations at once lose neither a key nor a value", async (t) => {
  const { store, file, keyring } = await installation(t);
  await prepareKeys(file, store, now);
  await store.write((writing) => writeSealed(writing, keyring, place, canary, now));
  await Promise.all([rotateKeys(file, store, now), rotateKeys(file, store, now)]);
  assert.equal(keysOf(file).all.length, 3);
  assert.deepEqual(await store.read((reading) => readSealed(reading, keyring, place)), { ok: true, value: canary });
});
