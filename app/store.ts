import path from "node:path";
import { readEnv } from "#lib/config/env.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";

let opened: Promise<Store> | undefined;

/** This process's handle of the store, opened by whoever asks first; a failed opening is tried again by the next. */
export function openedStore(): Promise<Store> {
  opened ??= open().catch((cause) => {
    opened = undefined;
    throw cause;
  });
  return opened;
}

async function open(): Promise<Store> {
  const env = readEnv(process.env, process.cwd());
  if (!env.ok) throw new Error(env.error.join("; "));
  return openStore({ file: path.join(env.value.dataFolder, "pitwall.db"), readsPast: true });
}
