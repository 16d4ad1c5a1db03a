import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "#e2e/bench/fleet.ts";
import { freePort } from "#e2e/bench/free-port.ts";
import { startChild } from "#e2e/bench/metered-child.ts";
import { type SignedIn, signInBy } from "#e2e/sign-in.ts";
import { prepareKeys } from "#lib/access/rotate-keys.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { webFlags } from "#lib/cli/serve.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import { demoPage } from "#lib/cli/welcome.ts";
import { openStore } from "#lib/store/open-store.ts";
import { storeFile } from "#lib/store/store-file.ts";

export interface Web extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Of somebody who may look at everything. */
  readonly session: SignedIn;
}

/** The real web on a fleet's store; built first when it must be. */
export async function startWeb(fleet: Fleet): Promise<Web> {
  const built = await buildWeb({ say: () => undefined });
  if (!built.ok) throw new Error(built.error);
  const link = await welcomePage(fleet.dataFolder);
  const port = await freePort();
  const own = {
    HOST: "127.0.0.1",
    PORT: String(port),
    PITWALL_DATA: fleet.dataFolder,
    PITWALL_CONFIG: fleet.configFile,
  };
  const env = Object.fromEntries(Object.entries(webEnv(process.env, own)).filter(([, value]) => value !== undefined));
  const child = startChild("lib/server/main.ts", [], env as Record<string, string>, webFlags);
  const origin = `http://127.0.0.1:${port}`;
  const giveUpAt = performance.now() + 60_000;
  while (!(await isLive(origin))) {
    if (performance.now() > giveUpAt) throw new Error("the web did not come up");
    await pause(200);
  }
  return {
    origin,
    session: await signInBy(`${origin}${link}`),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

async function welcomePage(dataFolder: string): Promise<string> {
  const store = await openStore({ file: storeFile(dataFolder) });
  try {
    const keys = await prepareKeys(path.join(dataFolder, "keys"), store, Date.now());
    if (!keys.ok) throw new Error(keys.error);
    return await demoPage(store);
  } finally {
    await store.close();
  }
}

function isLive(origin: string): Promise<boolean> {
  return fetch(`${origin}/api/v1/health/live`).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
