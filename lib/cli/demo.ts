import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tellBackup } from "#e2e/lab/backup.ts";
import { labConfig } from "#e2e/lab/config.ts";
import { defaultFolder, isAbandoned, type Lab, labStatus, startLab, stopLab } from "#e2e/lab/lab.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { addressesOf, ports } from "#e2e/lab/layout.ts";
import { installPackages } from "#e2e/lab/packages.ts";
import { mountStore } from "#e2e/lab/store.ts";
import { systemActor } from "#lib/access/actor.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { printProblems } from "#lib/cli/check.ts";
import { holdFolder } from "#lib/cli/hold-folder.ts";
import { isLoopback } from "#lib/cli/listen-rule.ts";
import { isFree, serve } from "#lib/cli/serve.ts";
import { prefixed, readableLog, type Surroundings } from "#lib/cli/surroundings.ts";
import { demoPage } from "#lib/cli/welcome.ts";
import { withStore } from "#lib/cli/with-store.ts";
import { addToken } from "#lib/commands/add-token.ts";
import { revokeToken } from "#lib/commands/revoke-token.ts";
import { type PitwallEnv, readEnv } from "#lib/config/env.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";
import { storeFile } from "#lib/store/store-file.ts";
import { reportersView } from "#lib/views/reporters-view.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { tokenLifeMs } from "#lib/wire/token.ts";

export interface DemoOptions {
  /** Puts the store on a small file system in memory that the lab's `disk-full` can fill. Needs root; its data goes with the lab. */
  readonly smallStore?: boolean;
}

const smallStoreMegabytes = 64;
const demoActor = systemActor("demo");

/** `pitwall demo`: a real stack on loopback and Pitwall watching it; a signal ends what this started and nothing else. */
export async function demo(surroundings: Surroundings, { smallStore = false }: DemoOptions = {}): Promise<number> {
  const { env, cwd, say, complain } = surroundings;
  const parsed = readEnv({ PITWALL_DATA: ".pitwall/demo", ...definedOnly(env) }, cwd);
  if (!parsed.ok || !isLoopback(parsed.value.host)) {
    for (const line of parsed.ok ? ["The demo listens on loopback only; leave HOST away."] : parsed.error)
      complain(line);
    return 1;
  }
  const held = holdFolder(parsed.value.dataFolder);
  if (!held.ok) {
    complain(held.error);
    return 1;
  }
  using _folder = held.value;
  try {
    installPackages({ say });
    const [built, found] = await Promise.all([buildWeb({ say }), bringUpLab(env, say)]);
    try {
      if (!built.ok) complain(built.error);
      const given = smallStore ? onSmallStore(parsed.value, found.lab) : parsed.value;
      return built.ok && (await watchLab(found, given, surroundings)) ? 0 : 1;
    } finally {
      if (found.ours) await stopLab(found.lab.folder);
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    complain(`demo: ${error.message}`);
    return 1;
  }
}

function onSmallStore(given: PitwallEnv, lab: Lab): PitwallEnv {
  const dataFolder = mountStore(lab.folder, smallStoreMegabytes);
  return { ...given, dataFolder, storeFile: storeFile(dataFolder) };
}

interface FoundLab {
  readonly lab: Lab;
  /** Whether it was started here, and so is to be stopped here. */
  readonly ours: boolean;
}

/** Uses the lab that `npm run lab -- up` left running, or starts one beside the labs of others. */
async function bringUpLab(env: Surroundings["env"], say: (line: string) => void): Promise<FoundLab> {
  const usual = defaultFolder(env);
  for (let number = 1; number <= 9; number += 1) {
    const folder = number === 1 ? usual : `${usual}-${number}`;
    const { lab, processes } = await labStatus(folder);
    const runs = processes.some(({ pid }) => pid !== null);
    if (lab && runs && lab.heldByPid === null) return { lab, ours: false };
    if (lab && runs && !isAbandoned(folder)) continue;
    if (runs) await stopLab(folder);
    say("Starting the lab: HAProxy, Apache with Passenger, PostgreSQL, a search service …");
    return { lab: await startLab({ folder, net: await freeNet(lab?.net), heldByPid: process.pid }), ours: true };
  }
  throw new LabError(`nine labs run beside ${usual}; stop one with \`npm run lab -- down\``);
}

/** The net of an earlier run when nobody took it, otherwise the first one that is free. */
async function freeNet(earlier: number | undefined): Promise<number> {
  const nets = [...(earlier === undefined ? [] : [earlier]), ...Array.from({ length: 20 }, (_, index) => 77 + index)];
  for (const net of nets) {
    const addresses = addressesOf(net);
    const free = await Promise.all([
      isFree(addresses.lb, ports.front),
      isFree(addresses["web-01"], ports.web),
      isFree(addresses["pg-a"], ports.postgres),
    ]);
    if (free.every(Boolean)) return net;
  }
  throw new LabError("127.0.77.x to 127.0.96.x are all taken by other labs");
}

async function watchLab({ lab }: FoundLab, given: PitwallEnv, surroundings: Surroundings): Promise<boolean> {
  const { env, cwd, signal, say, complain } = surroundings;
  const configFile = path.join(given.dataFolder, "pitwall.yaml");
  writeFileSync(configFile, labConfig(lab, { backup: true }), { mode: 0o600 });
  const config = readConfig(configFile, { registry, env });
  if (!config.ok) {
    printProblems(config.error, cwd, complain);
    return false;
  }
  const port = given.portGiven ? given.port : await freePort(given.host, given.port);
  const at = lab.folder === defaultFolder({}) ? "" : `PITWALL_LAB=${lab.folder} `;
  const served = await serve({
    ...given,
    configFile,
    port,
    front: config.value.front,
    services: config.value.services,
    env,
    signal,
    output: prefixed(say, readableLog),
    welcome: (store) => demoPage(store),
    onLive: (address, link) => {
      void letBackupReport(lab, address, { ...surroundings, env: { ...env, PITWALL_DATA: given.dataFolder } }).catch(
        (cause: unknown) => signal.aborted || complain(`the backup cannot report: ${String(cause)}`),
      );
      say("");
      say(`Pitwall watches a real stack: ${link ?? address}`);
      say("  (this link signs you in, once; the next start prints another)");
      say(`  break something   ${at}npm run lab -- break search     (all faults: npm run lab -- --help)`);
      say(`  undo it           ${at}npm run lab -- heal search`);
      say("  stop everything   Ctrl-C");
      say("");
    },
  });
  if (!served.ok) complain(served.error);
  return served.ok;
}

/** Gives the lab's backup a token of its own, and takes those of earlier starts back. */
async function letBackupReport(lab: Lab, address: string, surroundings: Surroundings): Promise<void> {
  const scope = { kind: "door" as const, door: "heartbeat" as const, services: ["backup"] };
  await withStore(surroundings, async (store) => {
    const now = Date.now();
    for (const { id, name, revokedAt } of await tokensView(store, demoActor)) {
      if (name === "demo backup" && revokedAt === null) await revokeToken(store, demoActor, { id }, now);
    }
    // The poller may not have read the configuration yet, so that there is no such service.
    while ((await reportersView(store, wholeSight)).length === 0) {
      await sleep(500, undefined, { signal: surroundings.signal });
    }
    const wanted = { name: "demo backup", scope, expiresInMs: tokenLifeMs.usual };
    const made = await addToken(store, demoActor, wanted, Date.now());
    if (!made.ok) throw new Error(made.error.detail);
    tellBackup(lab, { url: `${address}/api/v1/heartbeats/backup`, token: made.value.token });
    return 0;
  });
}

async function freePort(host: string, first: number): Promise<number> {
  for (let port = first; port < first + 100; port += 1) if (await isFree(host, port)) return port;
  return first;
}

function definedOnly(env: Surroundings["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
