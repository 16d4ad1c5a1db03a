import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { backupProcess, startBackup, stopBackup } from "#e2e/lab/backup.ts";
import { labConfig } from "#e2e/lab/config.ts";
import { makeFolders, writeOwned } from "#e2e/lab/folder.ts";
import { askHaproxy, haproxyServers, startHaproxy, stopHaproxy } from "#e2e/lab/haproxy.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { addressesOf, type Lab, layOut, pgHosts, ports, sshHosts, webHosts } from "#e2e/lab/layout.ts";
import { assertReachable, chooseOwner } from "#e2e/lab/owner.ts";
import { poolerProcess, startPgbouncer, stopPgbouncer } from "#e2e/lab/pgbouncer.ts";
import { findPgBin, postgresPid, startPostgres, stopPostgres } from "#e2e/lab/postgres.ts";
import { endPids, pidOf, processesOf, readText, startOf } from "#e2e/lab/process.ts";
import { searchProcess, startSearch, stopSearch } from "#e2e/lab/search.ts";
import { makeKeys, readHostKeys, sshdProcess, startSshds, stopSshds } from "#e2e/lab/sshd.ts";
import { unmountStore } from "#e2e/lab/store.ts";
import { startTraffic, stopFlood, stopTraffic } from "#e2e/lab/traffic.ts";
import { listens, until } from "#e2e/lab/until.ts";
import { apachePid, startWebHosts, stopWebHost } from "#e2e/lab/web-host.ts";
import { openWrappers } from "#e2e/lab/wrapper.ts";
import { startWriter, stopWriter } from "#e2e/lab/writer.ts";

export type { Lab } from "#e2e/lab/layout.ts";

export interface LabOptions {
  readonly folder: string;
  /** 1 to 254: the lab lives on 127.0.<net>.x. */
  readonly net: number;
  /** Background writes, a backup and visitors; on unless told otherwise. */
  readonly load?: boolean;
  /** The lab counts as abandoned when this process is gone. */
  readonly heldByPid?: number;
}

/** Where the lab lies unless told otherwise. */
export function defaultFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.PITWALL_LAB) return resolve(env.PITWALL_LAB);
  return process.getuid?.() === 0 ? "/var/lib/pitwall-lab" : join(homedir(), ".pitwall-lab");
}

/**
 * Starts every server of a lab, after ending what an earlier run left in the same folder, and returns when HAProxy
 * calls all of them up. Throws a LabError that says what did not start.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const lab = plan(options);
  assertOurs(lab.folder);
  await endAll(lab.folder);
  await assertFree(lab);
  makeHome(lab);
  makeFolders(lab, lab.paths.logs, lab.paths.pids, lab.paths.secrets);
  await makeKeys(lab);
  const ready: Lab = { ...lab, hostKeys: readHostKeys(lab.folder) };
  writeOwned(ready, ready.paths.state, `${JSON.stringify(ready, null, 2)}\n`);
  try {
    await Promise.all([
      startPostgres(ready).then(() => startPgbouncer(ready)),
      startSearch(ready).then(() => startWebHosts(ready)),
      startSshds(ready),
    ]);
    await startHaproxy(ready);
    await until("every server is up for HAProxy", () => allUp(ready));
  } catch (error) {
    await stopLab(ready.folder);
    throw error;
  }
  if (options.load !== false) {
    startWriter(ready);
    startBackup(ready);
    startTraffic(ready);
  }
  writeOwned(ready, ready.paths.config, labConfig(ready));
  return ready;
}

/** Ends everything that belongs to the lab in `folder`, and nothing else. `wipe` removes its files too. */
export async function stopLab(folder: string, { wipe = false }: { wipe?: boolean } = {}): Promise<void> {
  assertOurs(folder);
  const known = readLab(folder) !== null;
  await endAll(folder);
  unmountStore(folder);
  if (wipe && known) openWrappers(folder);
  if (wipe && known) rmSync(folder, { recursive: true, force: true });
}

/** Each server in its own way first, so that databases shut down in order; then whatever is left. */
async function endAll(folder: string): Promise<void> {
  const lab = readLab(folder);
  if (lab) {
    await Promise.all([
      stopTraffic(lab),
      stopFlood(lab),
      stopWriter(lab),
      stopBackup(lab),
      stopHaproxy(lab),
      stopPgbouncer(lab),
    ]);
    await Promise.all([
      stopSearch(lab),
      stopSshds(lab),
      stopPostgres(lab),
      ...webHosts.map((host) => stopWebHost(lab, host)),
    ]);
  }
  await endLeftovers(folder);
}

/** The lab in `folder` as its state file tells, running or not; `null` when there never was one. */
export function readLab(folder: string): Lab | null {
  const text = readText(layOut(folder).state);
  return text === "" ? null : (JSON.parse(text) as Lab);
}

export interface LabStatus {
  readonly lab: Lab | null;
  readonly processes: readonly LabProcess[];
  /** Status of each server in HAProxy's own words; empty when HAProxy does not answer. */
  readonly haproxy: Readonly<Record<string, string>>;
}

export interface LabProcess {
  readonly name: string;
  readonly address: string;
  /** `null`: it does not run. */
  readonly pid: number | null;
  /** The lab is whole without it. */
  readonly optional: boolean;
}

/** What of the lab in `folder` runs right now. */
export async function labStatus(folder: string): Promise<LabStatus> {
  const lab = readLab(folder);
  if (!lab) return { lab: null, processes: [], haproxy: {} };
  const row = (name: string, address: string, pid: number | null, optional = false) => ({
    name,
    address,
    pid,
    optional,
  });
  return {
    lab,
    processes: [
      row("haproxy", `${lab.addresses.lb}:${ports.front}`, pidOf(lab, "haproxy")),
      row(poolerProcess, `${lab.addresses.pool}:${ports.pooler}`, pidOf(lab, poolerProcess)),
      ...webHosts.map((host) => row(`apache-${host}`, `${lab.addresses[host]}:${ports.web}`, apachePid(folder, host))),
      ...pgHosts.map((host) =>
        row(`postgres-${host}`, `${lab.addresses[host]}:${ports.postgres}`, postgresPid(folder, host)),
      ),
      row("search", `${lab.addresses.search}:${ports.search}`, pidOf(lab, searchProcess)),
      ...sshHosts.map((host) =>
        row(sshdProcess(host), `${lab.addresses[host]}:${ports.ssh}`, pidOf(lab, sshdProcess(host))),
      ),
      row("pg-role-agent", `:${ports.roleAgent}`, pidOf(lab, "pg-role-agent")),
      row("writer", "", pidOf(lab, "writer"), true),
      row("backup", "", pidOf(lab, backupProcess), true),
      row("traffic", "", pidOf(lab, "traffic"), true),
    ],
    haproxy: await haproxyServers(lab).catch(() => ({})),
  };
}

function plan(options: LabOptions): Lab {
  const folder = resolve(options.folder);
  if (!Number.isInteger(options.net) || options.net < 1 || options.net > 254) {
    throw new LabError(`net must be a whole number from 1 to 254, not ${options.net}`);
  }
  if (Buffer.byteLength(folder) > longestFolder) {
    throw new LabError(
      `${folder} is too long: the sockets below it would pass the kernel's bound of 107 bytes; use at most ${longestFolder}`,
    );
  }
  const pgBin = findPgBin();
  if (pgBin === undefined) throw new LabError("PostgreSQL is not installed; run `lab packages` first");
  return {
    folder,
    net: options.net,
    owner: chooseOwner(),
    addresses: addressesOf(options.net),
    pgBin,
    paths: layOut(folder),
    hostKeys: readHostKeys(folder),
    startedAt: new Date().toISOString(),
    heldByPid: options.heldByPid ?? null,
    heldByStart: options.heldByPid === undefined ? null : startOf(options.heldByPid),
  };
}

/** Passenger's sockets are the longest, `/web-01/registry/passenger.XXXXXXX/apps.s/ruby.<random>`; it cuts the random part to fit. */
const longestFolder = 107 - 71;

async function endLeftovers(folder: string): Promise<void> {
  // Twice: a dying process may have started another.
  for (let round = 0; round < 2; round++) {
    const left = processesOf(folder);
    if (left.length > 0) await endPids(left, "SIGTERM", 2_000);
  }
}

function makeHome(lab: Lab): void {
  try {
    mkdirSync(dirname(lab.folder), { recursive: true });
    makeFolders(lab, lab.folder);
  } catch (error) {
    throw new LabError(`cannot make the folder ${lab.folder}: ${(error as Error).message}`);
  }
  assertReachable(lab.owner, lab.folder);
}

/** Another user's lab can be neither seen well nor ended. */
function assertOurs(folder: string): void {
  const owner = readLab(folder)?.owner;
  const uid = process.getuid?.();
  if (owner && uid !== 0 && owner.uid !== uid) {
    throw new LabError(
      `the lab in ${folder} belongs to \`${owner.name}\`; only that user and root can start or end it`,
    );
  }
}

/** What is dying of itself is in no list of processes any more, while the kernel still closes what it listened on. */
const lastBreathMs = 3_000;

async function assertFree(lab: Lab): Promise<void> {
  const wanted = [
    [lab.addresses.lb, ports.front],
    [lab.addresses["web-01"], ports.web],
    [lab.addresses["pg-a"], ports.postgres],
  ] as const;
  for (const [address, port] of wanted) {
    const free = async () => !(await listens(address, port));
    try {
      await until("the end of a listener", free, { timeoutMs: lastBreathMs });
    } catch {
      throw new LabError(`${address}:${port} is taken, perhaps by another lab; choose another net (--net)`);
    }
  }
}

async function allUp(lab: Lab): Promise<boolean> {
  const states = Object.values(await haproxyServers(lab));
  const weights = await askHaproxy(lab, "get weight pg-write/pg-a; get weight pg-write/pg-b; get weight pg-write/pg-c");
  return states.every((state) => state === "UP") && /^1 .*\n+0 .*\n+0 /.test(weights);
}

/** Whether the process that a lab belongs to is gone, so that anyone may clear it away. */
export function isAbandoned(folder: string): boolean {
  const lab = readLab(folder);
  return lab !== null && lab.heldByPid !== null && startOf(lab.heldByPid) !== lab.heldByStart;
}
