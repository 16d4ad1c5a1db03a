import { createServer, isIPv6 } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareKeys } from "#lib/access/rotate-keys.ts";
import { isLive } from "#lib/cli/is-live.ts";
import { root } from "#lib/cli/root.ts";
import { type ChildSpec, supervise } from "#lib/cli/supervisor.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import type { FrontConfig, ServiceConfig } from "#lib/config/model.ts";
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
  /** Under which names it is reached, and how. */
  readonly front: FrontConfig;
  readonly services: readonly Pick<ServiceConfig, "intervalMs">[];
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
  const scheme = options.front.tls === null ? "http" : "https";
  const address = `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const supervised = supervise({ children: childrenOf(options), signal, output: options.output });
  if (await answers(`${address}/api/v1/health/live`, signal)) {
    const seen = options.front.urls[0] ?? address;
    options.onLive(seen, ready.value === null ? null : `${seen}${ready.value}`);
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

/** From so many checks a second on a processor is what they lack, not memory. */
const manyPerSecond = 500;

/**
 * The poller makes much short-lived garbage and keeps little: V8 would let its heap grow to several times what lives
 * before it collects, and never give that back. That costs a tenth more processor time, and a third at a thousand checks a
 * second, so whoever checks very often goes without it, in 200 MB more. So small a heap is collected a dozen times a second, and
 * waking other threads for each of these costs more than they help. And it holds secrets: no signal opens a debugger on it, no
 * report lists its environment, and Node prints no warning past its log.
 */
export function pollerFlags(services: ServeOptions["services"]): string[] {
  const perSecond = services.reduce((sum, { intervalMs }) => sum + 1_000 / intervalMs, 0);
  const small = ["--max-semi-space-size=2", "--heap-growing-percent=30", "--optimize-for-size", "--single-threaded-gc"];
  const closed = ["--disable-sigusr1", "--report-exclude-env", "--no-warnings"];
  return perSecond < manyPerSecond ? [...small, ...closed] : closed;
}

/**
 * A hundred megabytes of the web are its program, and V8 would walk through all of it for every ten more: a tenth of a second
 * that somebody waits for.
 */
export const webFlags = ["--heap-growing-percent=60"];

/** The same program with core dumps off (setrlimit(2), RLIMIT_CORE): they would put the memory of a crash on the disk. */
export function withoutCoreDumps(argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ["/bin/sh", "-c", 'ulimit -c 0; exec "$0" "$@"', ...argv];
}

/** What the poller's process is given apart from its secrets. */
export function pollerEnv(dataFolder: string): Readonly<Record<string, string>> {
  return {
    // Name look-ups and unpacking share one pool of threads; with Node's four, four hung name servers would stop every check.
    UV_THREADPOOL_SIZE: "16",
    // Of its twenty threads each would get a heap of glibc's own and keep what it once held: 10 MB and more, for no less work.
    MALLOC_ARENA_MAX: "1",
    // What is read from a socket takes 64 kB until it is looked at, and glibc would keep the holes such pieces leave: 10 MB, for no less work.
    MALLOC_MMAP_THRESHOLD_: "32768",
    MALLOC_TRIM_THRESHOLD_: "32768",
    // What strips the types from the sources weighs 30 MB for as long as the process lives; from the second start on it is not loaded.
    NODE_COMPILE_CACHE: path.join(dataFolder, "compile-cache"),
  };
}

function childrenOf({ host, port, dataFolder, configFile, keysFile, front, services, env }: ServeOptions): ChildSpec[] {
  const preload = `--import=${path.join(import.meta.dirname, "exit-with-parent.ts")}`;
  const own = {
    PITWALL_DATA: dataFolder,
    PITWALL_CONFIG: configFile,
    PITWALL_KEYS: keysFile,
    NODE_ENV: "production",
  } as const;
  const poller = { ...env, ...pollerEnv(dataFolder), ...own };
  return [
    {
      name: "poller",
      argv: withoutCoreDumps([
        process.execPath,
        ...pollerFlags(services),
        preload,
        path.join(root, "lib/poller/main.ts"),
      ]),
      env: poller,
      cwd: root,
    },
    webSpec({ host, port, dataFolder, configFile, keysFile, front, env }),
  ];
}

/** How the process that faces browsers is started. */
export function webSpec({
  host,
  port,
  dataFolder,
  configFile,
  keysFile,
  front,
  env,
}: Pick<ServeOptions, "host" | "port" | "dataFolder" | "configFile" | "keysFile" | "front" | "env">): ChildSpec {
  const own = {
    PITWALL_DATA: dataFolder,
    PITWALL_CONFIG: configFile,
    PITWALL_KEYS: keysFile,
    NODE_ENV: "production",
  } as const;
  const preload = `--import=${path.join(import.meta.dirname, "exit-with-parent.ts")}`;
  return {
    name: "web",
    argv: withoutCoreDumps([process.execPath, ...webFlags, preload, path.join(root, "lib/server/main.ts")]),
    env: webEnv(env, { ...own, HOST: host, PORT: String(port), PITWALL_FRONT: JSON.stringify(front) }),
    cwd: root,
  };
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
    if (await isLive(url, AbortSignal.any([signal, AbortSignal.timeout(2_000)]))) return true;
    await sleep(150, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
