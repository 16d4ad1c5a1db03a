import { existsSync } from "node:fs";
import { isSealedCut, sealCut, sealingKey } from "#lib/access/audit-cut.ts";
import { type Key, type Keys, makeKey, readKeys, writeKeys } from "#lib/access/keyring.ts";
import { open, seal } from "#lib/access/sealed.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { newestCut, tellCut } from "#lib/store/audit-cut.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import { countSealed, listSealed, putSealed } from "#lib/store/sealed.ts";

/** What a rotation came to. */
export interface Rotation {
  readonly current: Key;
  /** An earlier one had broken off and was ended; no new key was made. */
  readonly resumed: boolean;
  /** How many values are sealed anew. */
  readonly values: number;
  /** Why others were left as they are, a sentence each. */
  readonly left: readonly string[];
}

/** Keys at the first start. With sealed values and no keys it refuses: a new key would open none of them, and hide the loss. */
export async function prepareKeys(file: string, store: Store, now: number): Promise<Result<void, string>> {
  const keys = readKeys(file);
  const guarded = await store.read(countSealed);
  if (keys.ok) {
    const missing = [...guarded].filter(([id]) => !keys.value.all.some((key) => key.id === id));
    const values = missing.reduce((sum, [, count]) => sum + count, 0);
    if (values === 0) return ok(undefined);
    return err(
      `${file} does not hold ${missing.map(([id]) => id).join(", ")}, under which ${values === 1 ? "a value" : `${values} values`} of the database can be opened; ` +
        "put the right keys file back, or name it with PITWALL_KEYS. Nothing was changed",
    );
  }
  if (existsSync(file)) return keys;
  if (guarded.size > 0) {
    return err(`${keys.error}, but the database holds sealed values; put it back, or name it with PITWALL_KEYS`);
  }
  writeKeys(file, [makeKey(now)]);
  return ok(undefined);
}

/**
 * Makes a new current key and seals everything under it. The key is on the disk before a value depends on it, and old keys
 * stay, so that a crash at any moment loses nothing; the next call then ends what was begun.
 */
export async function rotateKeys(file: string, store: Store, now: number): Promise<Result<Rotation, string>> {
  // Inside a transaction that writes, so that of two rotations at once none overwrites the other's key.
  return await store.write(async (writing) => {
    const before = readKeys(file);
    if (!before.ok) return before;
    const rows = await listSealed(writing);
    const resumed = rows.some(({ keyId }) => isOpenable(before.value, keyId) && keyId !== before.value.current.id);
    const keys = resumed ? before.value : withNewKey(file, before.value, now);
    await sealCutAnew(writing, keys, now);
    return ok({ current: keys.current, resumed, ...(await sealAnew(writing, keys)) });
  });
}

/** The oldest rows of the audit log that are gone stay vouched for when the old key is forgotten. */
async function sealCutAnew(writing: Writing, keys: Keys, now: number): Promise<void> {
  const cut = newestCut(writing);
  if (cut === null || sealingKey(cut.sealed) === keys.current.id) return;
  // What no key that is here made is not made good by a rotation.
  if (isSealedCut(keys, cut, cut.sealed)) await tellCut(writing, { ...cut, rows: 0, sealed: sealCut(keys, cut) }, now);
}

function isOpenable(keys: Keys, keyId: string): boolean {
  return keys.all.some(({ id }) => id === keyId);
}

function withNewKey(file: string, { all }: Keys, now: number): Keys {
  const current = makeKey(now);
  writeKeys(file, [...all, current]);
  return { current, all: [...all, current] };
}

async function sealAnew(writing: Writing, keys: Keys): Promise<Pick<Rotation, "values" | "left">> {
  const left: string[] = [];
  let values = 0;
  for (const row of await listSealed(writing)) {
    if (row.keyId === keys.current.id) continue;
    const value = open(keys, row, row);
    if (!value.ok) left.push(value.error);
    else {
      await putSealed(writing, { ...row, ...seal(keys, row, value.value) });
      values += 1;
    }
  }
  return { values, left };
}

/** Takes an old key out of the file. Refused while a value needs it, and for the current one. */
export async function forgetKey(file: string, store: Store, keyId: string): Promise<Result<void, string>> {
  return await store.write(async (writing) => {
    const keys = readKeys(file);
    if (!keys.ok) return keys;
    if (!isOpenable(keys.value, keyId)) return err(`${file} holds no key ${keyId}`);
    if (keys.value.current.id === keyId) return err(`${keyId} is the current key; rotate first`);
    const guarded = (await countSealed(writing)).get(keyId) ?? 0;
    const cut = newestCut(writing);
    if (cut !== null && sealingKey(cut.sealed) === keyId)
      return err(`${keyId} still vouches for what was cut off the audit log; rotate first`);
    if (guarded > 0)
      return err(`${keyId} still guards ${guarded === 1 ? "a value" : `${guarded} values`}; rotate first`);
    writeKeys(
      file,
      keys.value.all.filter(({ id }) => id !== keyId),
    );
    return ok(undefined);
  });
}
