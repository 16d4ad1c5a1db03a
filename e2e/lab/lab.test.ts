import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { labConfig } from "#e2e/lab/config.ts";
import { breakLab, faultNames, healLab } from "#e2e/lab/faults.ts";
import { askHaproxy, haproxyServers } from "#e2e/lab/haproxy.ts";
import { isAbandoned, labStatus, startLab, stopLab } from "#e2e/lab/lab.ts";
import { type Lab, ports, sshHosts, type WebHost, webHosts } from "#e2e/lab/layout.ts";
import { installPackages, missingPackages } from "#e2e/lab/packages.ts";
import { isStreaming, isWritable, postgresPid, sql } from "#e2e/lab/postgres.ts";
import { isAlive, pidOf, processesOf, run } from "#e2e/lab/process.ts";
import { searchIsGreen } from "#e2e/lab/search.ts";
import { runOnHost } from "#e2e/lab/sshd.ts";
import { mountStore, storeBytesFree } from "#e2e/lab/store.ts";
import { startTestLab, type TestLab } from "#e2e/lab/test-lab.ts";
import { listens, until } from "#e2e/lab/until.ts";
import { apacheArgv, apachePid, webHostPaths } from "#e2e/lab/web-host.ts";

let fixture: TestLab;
let lab: Lab;
before(async () => {
  fixture = await startTestLab();
  lab = fixture.lab;
});
after(() => fixture?.stop());

/** The same lab, started again over whatever is left of it. */
function startAgain(): Promise<Lab> {
  return startLab({ folder: lab.folder, net: lab.net, heldByPid: process.pid });
}

const soon = { timeoutMs: 90_000, everyMs: 100 };

async function passengerStatus(host: WebHost, show = ""): Promise<{ code: number | null; text: string }> {
  const { registryDir } = webHostPaths(lab.folder, host);
  const command = `PASSENGER_INSTANCE_REGISTRY_DIR=${registryDir} passenger-status --no-header ${show}`;
  const { code, stdout, stderr } = await runOnHost(lab, host, command);
  return { code, text: stdout + stderr };
}

/** Requests that wait for a process of the learn app, by passenger-status. */
async function learnQueue(host: WebHost): Promise<number> {
  const { text } = await passengerStatus(host);
  return Number(/learn \(production\):\n.*\n\s+Requests in queue: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

function serverIs(server: string, status: string): Promise<unknown> {
  return until(`HAProxy says ${server} is ${status}`, async () => (await haproxyServers(lab))[server] === status, soon);
}

/** In HAProxy's own words; a check that is under way has a mark before what the last one said. */
function lastCheck(server: string, word: string): Promise<unknown> {
  const line = new RegExp(`^${server.replace("/", ",")},.*,(\\* )?${word},`, "m");
  return until(`HAProxy says ${word} of ${server}`, async () => line.test(await askHaproxy(lab, "show stat")), soon);
}

/** HAProxy tells a check that failed once beside the status: `UP 2/3`. */
function allAreUp(): Promise<unknown> {
  return until(
    "HAProxy calls all servers up",
    async () => Object.values(await haproxyServers(lab)).every((status) => status === "UP"),
    soon,
  );
}

async function fetchStatus(url: string, timeoutMs = 15_000): Promise<number> {
  return (await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })).status;
}

function front(path: string): string {
  return `http://${lab.addresses.lb}:${ports.front}${path}`;
}

async function lagBytes(): Promise<number> {
  const text =
    "select pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 as bytes from pg_stat_replication where application_name = 'pg-b'";
  const [row] = await sql(lab, "pg-a", text);
  return Number(row?.bytes ?? Number.NaN);
}

async function writesSoFar(): Promise<number> {
  const [row] = await sql(
    lab,
    "pg-a",
    "select xact_commit::float8 as commits from pg_stat_database where datname = 'app'",
  );
  return Number(row?.commits);
}

/** Broken twice and healed twice: the second time each says that there was nothing to do. */
async function breakTwice(fault: Parameters<typeof breakLab>[1]): Promise<void> {
  assert.doesNotMatch(await breakLab(lab, fault), /already/);
  assert.match(await breakLab(lab, fault), /already/);
}

async function healTwice(fault: Parameters<typeof breakLab>[1]): Promise<void> {
  assert.doesNotMatch(await healLab(lab, fault), /is not broken/);
  assert.match(await healLab(lab, fault), /is not broken/);
}

describe("a fresh lab", () => {
  test("has every server running, and HAProxy calls all of them up", async () => {
    const { processes, haproxy } = await labStatus(lab.folder);
    assert.deepEqual(
      processes.filter(({ pid }) => pid === null),
      [],
    );
    assert.ok(Object.keys(haproxy).length > 0);
    await allAreUp();
  });

  test("serves pages through HAProxy, and search answers from its index", async () => {
    assert.equal(await fetchStatus(front("/")), 200);
    assert.equal(await fetchStatus(front("/api/laps")), 200);
    const found = await (await fetch(front("/search?q=tyre+temperature"))).text();
    assert.match(found, /1 found\n- The engineer reads the tyre temperature/);
  });

  test("replicates to both replicas through slots, and the writer writes through HAProxy to the primary", async () => {
    const rows = await sql(lab, "pg-a", "select slot_name, active from pg_replication_slots order by 1");
    assert.deepEqual(rows, [
      { slot_name: "pg_b", active: true },
      { slot_name: "pg_c", active: true },
    ]);
    const before = await writesSoFar();
    await until("the writer commits", async () => (await writesSoFar()) > before, soon);
    const weights = await askHaproxy(
      lab,
      "get weight pg-write/pg-a; get weight pg-write/pg-b; get weight pg-write/pg-c",
    );
    assert.deepEqual(weights.match(/^\d+/gm), ["1", "0", "0"]);
  });

  test("keeps its servers unprivileged and its secrets to their owner", async () => {
    const pids = (await labStatus(lab.folder)).processes.map(({ pid }) => pid);
    const effectiveUid = (pid: number | null) =>
      /^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // Our own programs give up root by themselves, as soon as they have loaded.
    await until("no server is root", () => pids.every((pid) => Number(effectiveUid(pid)) === lab.owner.uid), soon);
    assert.notEqual(lab.owner.uid, 0);
    for (const file of [lab.paths.pgPassword, lab.paths.statsPassword, lab.paths.sshKey]) {
      assert.equal((await run(lab, ["/usr/bin/stat", "-c", "%a", file])).stdout.trim(), "600");
    }
  });

  test("lets people in through the bastion only, with a pinned host key", async () => {
    const behind = sshHosts.filter((host) => host !== "bastion");
    const answers = await Promise.all(behind.map((host) => runOnHost(lab, host, "echo $((6 * 7)) here")));
    assert.deepEqual([...new Set(answers.map(({ stdout }) => stdout))], ["42 here\n"]);
    const direct = ["-o", "ProxyJump=none", "web-01", "echo in"];
    const refused = await run(lab, ["/usr/bin/ssh", "-F", lab.paths.sshConfig, ...direct], { mayFail: true });
    assert.equal(refused.stdout, "");
    assert.match(refused.stderr, /through the bastion only/);
    assert.equal(refused.code, 77);
    const failing = await runOnHost(lab, "pg-b", "echo out; echo err >&2; exit 3");
    assert.deepEqual(failing, { code: 3, stdout: "out\n", stderr: "err\n" });
    const elsewhere = ["-W", `${lab.addresses["pg-a"]}:${ports.postgres}`, "bastion"];
    const blocked = await run(lab, ["/usr/bin/ssh", "-F", lab.paths.sshConfig, ...elsewhere], { mayFail: true });
    assert.match(blocked.stderr, /forwarding failed/);
  });

  test("lets HAProxy's socket be read over ssh", async () => {
    const adminSocket = join(lab.folder, "forwarded.sock");
    const forward = ["-fN", "-o", "ExitOnForwardFailure=yes", "-L", `${adminSocket}:${lab.paths.adminSocket}`, "lb"];
    await run(lab, ["/usr/bin/ssh", "-F", lab.paths.sshConfig, ...forward]);
    const info = await askHaproxy({ paths: { ...lab.paths, adminSocket } }, "show info");
    assert.match(info, /^Name: HAProxy/);
  });

  test("writes a pitwall.yaml of its own addresses, secrets by reference", () => {
    const text = labConfig(lab);
    const config = parse(text);
    assert.deepEqual(
      config.services.map((service: { id: string }) => service.id),
      ["search", "pg-main", "learn-web", "learn-health", "lb"],
    );
    assert.equal(config.services[4].processes[0].socket, lab.paths.adminSocket);
    assert.equal(config.hosts["web-01"].via, "bastion");
    assert.ok(existsSync(config.services[1].password.replace("file:", "")));
    assert.doesNotMatch(text, new RegExp(readFileSync(lab.paths.pgPassword, "utf8").trim()));
    assert.equal(readFileSync(lab.paths.config, "utf8"), text);
  });
});

describe("each fault does what it says, and heal undoes it", () => {
  test("search: requests pile up in Passenger, checks time out, HAProxy takes the whole app out and leaves the other in", async () => {
    await breakTwice("search");
    await until(
      "requests for /search are in flight",
      async () => (await passengerStatus("web-01", "--show=requests")).text.includes('"/search'),
      soon,
    );
    await until("the queue of learn grows", async () => (await learnQueue("web-02")) >= 2, soon);
    for (const host of webHosts) await serverIs(`learn/${host}`, "DOWN");
    await lastCheck("learn/web-01", "L7TOUT");
    assert.equal(await fetchStatus(front("/")), 503);
    assert.equal(await fetchStatus(front("/api/laps")), 200);
    await healTwice("search");
    for (const host of webHosts) await serverIs(`learn/${host}`, "UP");
    await until("the queue of learn is empty", async () => (await learnQueue("web-02")) === 0, soon);
    assert.equal(await fetchStatus(front("/search")), 200);
  });

  test("web: the port refuses, Passenger is not running, and the configured restart brings it back over ssh", async () => {
    await breakTwice("web");
    assert.equal(await listens(lab.addresses["web-02"], ports.web), false);
    await serverIs("learn/web-02", "DOWN");
    await until(
      "Passenger on web-02 is gone",
      async () => (await passengerStatus("web-02")).text.includes("doesn't seem to be running"),
      soon,
    );
    const restart = await runOnHost(lab, "web-02", apacheArgv(lab.folder, "web-02", "restart").join(" "));
    assert.equal(restart.code, 0);
    await serverIs("learn/web-02", "UP");
    await breakLab(lab, "web");
    await healTwice("web");
    await serverIs("learn/web-02", "UP");
  });

  test("slow-app: the queue on web-01 grows while the other hosts stay free", async () => {
    await breakTwice("slow-app");
    await until("the queue on web-01 grows", async () => (await learnQueue("web-01")) >= 10, soon);
    await until("hardly anybody waits on web-03", async () => (await learnQueue("web-03")) < 3, soon);
    await healTwice("slow-app");
    await until("the queue on web-01 is empty", async () => (await learnQueue("web-01")) === 0, soon);
    await serverIs("learn/web-01", "UP");
  });

  test("replica-lag: pg-b stays connected and falls behind the primary", async () => {
    await breakTwice("replica-lag");
    const first = await lagBytes();
    await until("the lag grows", async () => (await lagBytes()) > first + 1_000, soon);
    assert.equal(await isStreaming(lab, "pg-b"), true);
    await healTwice("replica-lag");
    const mark = Number(
      (await sql(lab, "pg-a", "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as at"))[0]?.at,
    );
    const replayed = "select pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::float8 as at";
    await until(
      "pg-b has replayed all that was written",
      async () => Number((await sql(lab, "pg-b", replayed))[0]?.at) >= mark,
      soon,
    );
  });

  test("replica-down: its slot is inactive, and heal makes it stream again", async () => {
    await breakTwice("replica-down");
    const slot = "select active from pg_replication_slots where slot_name = 'pg_c'";
    await until("the slot is inactive", async () => (await sql(lab, "pg-a", slot))[0]?.active === false, soon);
    assert.equal(await listens(lab.addresses["pg-c"], ports.postgres), false);
    await healTwice("replica-down");
    assert.equal(await isStreaming(lab, "pg-c"), true);
  });

  test("primary-down: nothing takes writes, and after heal the writer goes on by itself", async () => {
    await breakTwice("primary-down");
    await serverIs("pg-write/pg-a", "DOWN");
    assert.equal(postgresPid(lab.folder, "pg-a"), null);
    await healTwice("primary-down");
    const before = await writesSoFar();
    await until("the writer commits again", async () => (await writesSoFar()) > before, soon);
    for (const host of ["pg-b", "pg-c"] as const) await until(`${host} streams`, () => isStreaming(lab, host), soon);
  });

  test("primary-down: heal refuses to make two primaries after a promotion, and a new start makes the cluster anew", async () => {
    await breakLab(lab, "primary-down");
    await sql(lab, "pg-b", "select pg_promote()");
    await assert.rejects(healLab(lab, "primary-down"), /pg-b has been promoted .* two primaries/);
    lab = await startAgain();
    assert.equal(await isStreaming(lab, "pg-b"), true);
    assert.deepEqual(await sql(lab, "pg-a", "select pg_is_in_recovery() as recovering"), [{ recovering: false }]);
  });

  test("health-500: one host answers 500 and works all the same", async () => {
    await breakTwice("health-500");
    const web = `http://${lab.addresses["web-03"]}:${ports.web}`;
    assert.equal(await fetchStatus(`${web}/health`), 500);
    assert.equal(await fetchStatus(`${web}/search`), 200);
    await serverIs("learn/web-03", "DOWN");
    await lastCheck("learn/web-03", "L7STS,500");
    await healTwice("health-500");
    await serverIs("learn/web-03", "UP");
  });

  test("tarpit: the port of search accepts and never answers", async () => {
    await breakTwice("tarpit");
    assert.equal(await listens(lab.addresses.search, ports.search), true);
    assert.equal(await searchIsGreen(lab), false);
    assert.equal(pidOf(lab, "search"), null);
    await healTwice("tarpit");
    assert.equal(await searchIsGreen(lab), true);
    for (const host of webHosts) await serverIs(`learn/${host}`, "UP");
  });

  test("ssh-hang: web-03 accepts and never speaks, and an open session is cut", async () => {
    const session = runOnHost(lab, "web-03", "echo open; exec sleep 600", 60_000);
    await until(
      "the session is open",
      () => processesOf(lab.folder).some((pid) => commandOf(pid) === "sleep 600"),
      soon,
    );
    await breakTwice("ssh-hang");
    assert.notEqual((await session).code, 0);
    assert.equal(await firstBytes(lab.addresses["web-03"], ports.ssh, 1_000), "");
    assert.equal((await runOnHost(lab, "web-01", "true")).code, 0);
    await healTwice("ssh-hang");
    assert.equal((await runOnHost(lab, "web-03", "true")).code, 0);
  });

  test("disk-full: the small store has no byte left, or says that it needs root", async () => {
    if (process.getuid?.() !== 0) {
      await assert.rejects(breakLab(lab, "disk-full"), /needs root/);
      return;
    }
    await assert.rejects(breakLab(lab, "disk-full"), /no small store is mounted/);
    const store = mountStore(lab.folder, 8);
    await breakTwice("disk-full");
    assert.equal(storeBytesFree(lab.folder), 0);
    assert.throws(() => writeFileSync(join(store, "more"), "a"), /ENOSPC/);
    await healTwice("disk-full");
    writeFileSync(join(store, "more"), "a");
  });

  test("sessions that run for long or block others, and a slot nobody reads from, come and go", async () => {
    for (const fault of ["long-query", "blocked", "dead-slot"] as const) {
      await breakTwice(fault);
      await healTwice(fault);
    }
  });

  test("a primary's machine that dies answers nobody, and comes back as the primary it was", async () => {
    await breakTwice("primary-host");
    assert.equal(await listens(lab.addresses["pg-a"], ports.postgres), false);
    assert.equal(await listens(lab.addresses["pg-a"], ports.ssh), false);
    await healTwice("primary-host");
    assert.equal(await isWritable(lab, "pg-a"), true);
    await until(
      "both replicas stream again",
      async () => (await isStreaming(lab, "pg-b")) && (await isStreaming(lab, "pg-c")),
      soon,
    );
  });

  test("nothing stays broken behind", async () => {
    for (const fault of faultNames) assert.match(await healLab(lab, fault), /is not broken/);
    const { processes } = await labStatus(lab.folder);
    assert.deepEqual(
      processes.filter(({ pid }) => pid === null),
      [],
    );
  });
});

describe("starting and ending", () => {
  test("a start after a crash ends what is left of the earlier run, and nobody else's process", async (t) => {
    const stranger = spawn("/usr/bin/tail", ["-f", join(lab.folder, "lab.json")], { cwd: lab.folder, stdio: "ignore" });
    t.after(() => stranger.kill());
    await once(stranger, "spawn");
    const apache = apachePid(lab.folder, "web-01") ?? 0;
    for (const pid of [pidOf(lab, "haproxy"), postgresPid(lab.folder, "pg-a"), apache])
      process.kill(pid ?? 0, "SIGKILL");
    const left = processesOf(lab.folder);
    assert.ok(left.length > 10);
    writeFileSync(join(lab.paths.pids, "search.pid"), `${stranger.pid}\n`);
    lab = await startAgain();
    assert.deepEqual(left.filter(isAlive), []);
    assert.equal(stranger.exitCode, null);
    await allAreUp();
  });

  test("another lab's addresses are respected, and said so", async () => {
    const other = `${lab.folder}-b`;
    await assert.rejects(startLab({ folder: other, net: lab.net }), /is taken, perhaps by another lab/);
    assert.equal(existsSync(other), false);
  });

  test("a test's lab is abandoned once the process that held it is gone, and not before", async () => {
    assert.equal(isAbandoned(lab.folder), false);
    const state = JSON.parse(readFileSync(lab.paths.state, "utf8"));
    const gone = { ...state, heldByStart: "1" };
    writeFileSync(lab.paths.state, JSON.stringify(gone));
    assert.equal(isAbandoned(lab.folder), true);
  });

  test("no package is asked for when none is missing", () => {
    assert.deepEqual(missingPackages(), []);
    const say = (line: string) => assert.fail(line);
    assert.deepEqual(installPackages({ say }), []);
  });

  test("a folder too long for sockets is refused before anything starts", async () => {
    await assert.rejects(startLab({ folder: `/tmp/${"x".repeat(80)}`, net: 99 }), /too long.*107 bytes/);
  });

  test("down leaves no process and, with wipe, no file", async () => {
    await stopLab(lab.folder, { wipe: true });
    assert.deepEqual(processesOf(lab.folder), []);
    assert.equal(existsSync(lab.folder), false);
    for (const address of Object.values(lab.addresses)) assert.equal(await listens(address, ports.ssh), false);
    await stopLab(lab.folder);
  });
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
}

/** What a server says on its own within `ms` after it has accepted. */
function firstBytes(address: string, port: number, ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("connect", () => setTimeout(() => socket.destroy(), ms));
    socket.on("close", () => resolve(text));
  });
}
