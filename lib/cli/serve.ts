import { createServer, isIPv6 } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareKeys } from "#lib/access/rotate-keys.ts";
import { packageFile, root } from "#lib/cli/root.ts";
import { type ChildSpec, supervise } from "#lib/cli/supervisor.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly storeFile: string;
  readonly configFile: string;
  readonly keysFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly output: (from: string, line: string) => void;
  /** The page of a link to offer with the address, made when the store is ready; `null`: none. */
  readonly welcome: (store: Store) => Promise<string | null>;
  /** Told the address once the web answers, and the whole of the link. */
  readonly onLive: (address: string, link: string | null) => void;
}

/** Runs web and poller on a migrated store until the signal aborts. The error says whose the port is not. */
export async function serve(options: ServeOptions): Promise<Result<void, string>> {
  const { host, port, signal } = options;
  if (!(await isFree(host, port))) return err(`port ${port} of ${host} is taken; choose another with PORT`);
  await migrateStore(options.storeFile);
  const ready = await makeReady(options);
  if (!ready.ok) return ready;
  const address = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const supervised = supervise({ children: childrenOf(options), signal, output: options.output });
  if (await answers(`${address}/api/v1/health/live`, signal)) {
    options.onLive(address, ready.value === null ? null : `${address}${ready.value}`);
  }
  await supervised;
  return ok(undefined);
}

async function makeReady({ storeFile, keysFile, welcome }: ServeOptions): Promise<Result<string | null, string>> {
  const store = await openStore({ file: storeFile });
  try {
    const keys = await prepareKeys(keysFile, store, Date.now());
    return keys.ok ? ok(await welcome(store)) : keys;
  } finally {
    await store.close();
  }
}

/**
 * The poller makes much short-lived garbage and keeps little: V8 would let its heap grow to several times what lives
 * before it collects, and never give that back.
 */
export const pollerFlags = ["--max-semi-space-size=8", "--heap-growing-percent=30"] as const;

function childrenOf({ host, port, dataFolder, configFile, keysFile, env }: ServeOptions): ChildSpec[] {
  const preload = `--import=${path.join(import.meta.dirname, "exit-with-parent.ts")}`;
  const own = {
    PITWALL_DATA: dataFolder,
    PITWALL_CONFIG: configFile,
    PITWALL_KEYS: keysFile,
    NODE_ENV: "production",
  } as const;
  // Name look-ups and unpacking share one pool of threads; with Node's four, four hung name servers would stop every check.
  const poller = { ...env, UV_THREADPOOL_SIZE: "16", ...own };
  const next = packageFile("next/dist/bin/next");
  return [
    {
      name: "poller",
      argv: [process.execPath, ...pollerFlags, preload, path.join(root, "lib/poller/main.ts")],
      env: poller,
      cwd: root,
    },
    {
      name: "web",
      argv: [process.execPath, preload, next, "start", "-H", host, "-p", String(port)],
      env: webEnv(env, own),
      cwd: root,
    },
  ];
}

/** Whether that port can be listened on right now. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Asks until there is a good answer; `false` when the signal aborts first. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const asked = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
    const ok = await fetch(url, { signal: asked }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (ok) return true;
    await sleep(150, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
