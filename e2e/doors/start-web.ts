import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beat, seed } from "#e2e/doors/seed.ts";
import { makeKey, writeKeys } from "#lib/access/keyring.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { webSpec } from "#lib/cli/serve.ts";
import { noFront } from "#lib/config/front.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";

export interface TestWeb {
  readonly address: string;
  readonly pid: number;
  readonly store: Store;
  /** All that it printed. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

const startWithinMs = 120_000;

/** The web on a store with people, groups and services in it, and with the sign of life of a poller. */
export async function startSeededWeb(): Promise<TestWeb> {
  const web = await startWeb();
  const beating = setInterval(() => void beat(web.store, Date.now()), 1_000);
  const stop = async () => {
    clearInterval(beating);
    await web.stop();
  };
  try {
    await seed(web.store, Date.now());
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...web, stop };
}

/** The web process as `npm start` runs it, on a store of its own and without a poller, so that nothing else writes. */
export async function startWeb(): Promise<TestWeb> {
  const built = await buildWeb({ say: () => undefined });
  if (!built.ok) throw new Error(built.error);
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-doors-"));
  const storeFile = path.join(folder, "pitwall.db");
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  const port = await freePort();
  const files = {
    dataFolder: folder,
    configFile: path.join(folder, "pitwall.yaml"),
    keysFile: path.join(folder, "keys"),
  };
  // The poller makes them otherwise.
  writeKeys(files.keysFile, [makeKey(Date.now())]);
  const { argv, env, cwd } = webSpec({ host: "127.0.0.1", port, ...files, front: noFront, env: process.env });
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
  const address = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await ended(child);
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const giveUpAt = Date.now() + startWithinMs;
  while (!(await isLive(address))) {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      await stop();
      throw new Error(`the web did not answer; it said:\n${said.join("")}`);
    }
    await sleep(200);
  }
  return { address, pid: child.pid ?? 0, store, said: () => said.join(""), stop };
}

async function isLive(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/api/v1/health/live`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await exit;
  clearTimeout(forced);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
