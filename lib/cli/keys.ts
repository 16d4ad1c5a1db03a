import { existsSync } from "node:fs";
import { systemActor } from "#lib/access/actor.ts";
import { readKeys } from "#lib/access/keyring.ts";
import { forgetKey, rotateKeys } from "#lib/access/rotate-keys.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { countSealed } from "#lib/store/sealed.ts";

/** `pitwall keys list`: ids and dates, never the keys. */
export async function listKeys(surroundings: Surroundings): Promise<number> {
  return await onStore(surroundings, async (store, keysFile) => {
    const keys = readKeys(keysFile);
    if (!keys.ok) return keys;
    const guarded = await store.read(countSealed);
    return ok(
      keys.value.all.map((key) => {
        const state = key === keys.value.current ? "current" : "old";
        return `${key.id}  ${new Date(key.madeAt).toISOString()}  ${state.padEnd(7)}  ${values(guarded.get(key.id) ?? 0)}`;
      }),
    );
  });
}

/** `pitwall keys rotate`: a new current key, and everything sealed under it. Pitwall may run meanwhile. */
export async function rotate(surroundings: Surroundings): Promise<number> {
  return await onStore(surroundings, async (store, keysFile) => {
    const rotation = await rotateKeys(keysFile, store, Date.now());
    if (!rotation.ok) return rotation;
    const { current, resumed, values: count, left } = rotation.value;
    await audit(store, "rotate-keys", current.id, { values: count, left: left.length });
    for (const why of left) surroundings.complain(`left as it is: ${why}`);
    const [done, next] = resumed
      ? ["an earlier rotation had broken off; it is ended", ["run it again to make a new key"]]
      : ["a new key is current", []];
    return ok([`${done}: ${values(count)} sealed under ${current.id}`, ...next]);
  });
}

/** `pitwall keys forget ID`. */
export async function forget(surroundings: Surroundings, keyId: string): Promise<number> {
  return await onStore(surroundings, async (store, keysFile) => {
    const forgotten = await forgetKey(keysFile, store, keyId);
    if (!forgotten.ok) return forgotten;
    await audit(store, "forget-key", keyId, {});
    return ok([`${keyId} is forgotten; what a backup of before holds under it stays shut`]);
  });
}

async function audit(store: Store, command: string, target: string, after: unknown): Promise<void> {
  const actor = { ...systemActor("command line"), method: "command-line" } as const;
  await store.write((writing) => insertAudit(writing, { at: Date.now(), actor, command, target, after }));
}

async function onStore(
  { env, cwd, say, complain }: Surroundings,
  work: (store: Store, keysFile: string) => Promise<Result<readonly string[], string>>,
): Promise<number> {
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) return refuse(complain, parsed.error);
  const { storeFile, keysFile } = parsed.value;
  const told = existsSync(storeFile)
    ? await opened(storeFile, (store) => work(store, keysFile))
    : err(`there is no store ${storeFile} yet; keys are made at the first start`);
  if (!told.ok) return refuse(complain, [told.error]);
  for (const line of told.value) say(line);
  return 0;
}

async function opened<T>(storeFile: string, work: (store: Store) => Promise<T>): Promise<T> {
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function refuse(complain: (line: string) => void, lines: readonly string[]): number {
  for (const line of lines) complain(line);
  return 1;
}

function values(count: number): string {
  return `${count} ${count === 1 ? "value" : "values"}`;
}
