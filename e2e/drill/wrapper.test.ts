import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { carryOutRun, settle, startLabPoller, until, untilService } from "#e2e/drill/lab-poller.ts";
import { breakLab } from "#e2e/lab/faults.ts";
import { ports } from "#e2e/lab/layout.ts";
import { sql } from "#e2e/lab/postgres.ts";
import { run } from "#e2e/lab/process.ts";
import { runOnHost } from "#e2e/lab/sshd.ts";
import { startTestLab, type TestLab } from "#e2e/lab/test-lab.ts";
import { apachePid } from "#e2e/lab/web-host.ts";
import type { HostConfig } from "#lib/config/model.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { ok, type Result } from "#lib/core/result.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { createBench } from "#lib/integrations/postgres/real-run.ts";
import * as machine from "#lib/integrations/postgres/remedies/machine.ts";
import { endInOrderStep, rewindStep } from "#lib/integrations/postgres/remedies/rewind.ts";
import { startStandbyStep } from "#lib/integrations/postgres/remedies/standby-steps.ts";
import { isUnfinished, trustStep } from "#lib/integrations/postgres/remedies/unfinished.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { grantsOf } from "#lib/remediation/grants.ts";
import { createTransports, type OwnedTransports } from "#lib/transports/transports.ts";
import type { BoardService } from "#lib/wire/board.ts";

/** web-02 of the lab is reached by the wrapper alone, its neighbours without: the same poller watches and repairs both. */
let fixture: TestLab;
let poller: Poller;
let transports: OwnedTransports;
let folder = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "pitwall-wrapped-"));
  fixture = await startTestLab();
  const { lab } = fixture;
  poller = await startLabPoller(lab.paths.config, join(folder, "data"));
  const config = readConfig(lab.paths.config);
  assert.ok(config.ok);
  transports = createTransports({
    hosts: config.value.hosts,
    reach: config.value.reach,
    grants: grantsOf(config.value, registry).commands,
    secret: (reference) => ok(readFileSync(reference.slice("file:".length), "utf8")),
  });
});
after(async () => {
  await transports?.close();
  await poller?.stop();
  await fixture?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bounds = () => ({ timeoutMs: 15_000, maxBytes: 100_000, signal: new AbortController().signal });

/** What a step of a database is handed, with a memory of its own. */
function contextOn(config: PostgresConfig, lines: string[] = []) {
  const secrets = createKnownSecrets(fixture.lab.paths.config, process.env, () => undefined);
  return createBench(config, transports, secrets.resolve).context(lines);
}

/** By OpenSSH's own client and one of Pitwall's keys, as whoever has stolen it would. */
async function steal(key: string, command: string, input = "") {
  const { lab } = fixture;
  const file = join(folder, "stolen");
  writeFileSync(file, input);
  const config = join(folder, "ssh_config");
  writeFileSync(
    config,
    readFileSync(lab.paths.sshConfig, "utf8").replaceAll(/Host web-02\n/g, `Host web-02\n  IdentityFile ${key}\n`),
  );
  chmodSync(folder, 0o755);
  return await run(
    lab,
    ["/bin/sh", "-c", 'exec /usr/bin/ssh -F "$1" web-02 "$2" < "$3"', "sh", config, command, file],
    { mayFail: true },
  );
}

describe("a host whose keys start the wrapper and nothing else", () => {
  test("is watched by its looking key like the hosts without one", async () => {
    await untilService(
      poller.store,
      "learn-web",
      "all three hosts answer, and it is well",
      ({ detail, status }) =>
        status === "ok" && (detail as { totals?: { answering: number } } | null)?.totals?.answering === 3,
    );
  });

  test("has its app restarted and its web server brought back by its acting key", async () => {
    const { lab } = fixture;
    const offered = (service: BoardService, action: string, param: string, holds: (value: string) => boolean) =>
      service.actions
        .find(({ id, blocked }) => id === action && blocked === null)
        ?.params.find(({ name }) => name === param)
        ?.options.find(({ value }) => holds(value))?.value;
    const appOf = (service: BoardService) =>
      offered(service, "restart-app", "app", (value) => value.includes("web-02/learn"));
    const name =
      appOf(await untilService(poller.store, "learn-web", "it offers a restart", (one) => appOf(one) !== undefined)) ??
      "";
    // An app is started again by its next request.
    const visits = setInterval(
      () => void fetch(`http://${lab.addresses["web-02"]}:${ports.web}/up`).catch(() => null),
      200,
    );
    const restarted = await carryOutRun(poller.store, {
      serviceId: "learn-web",
      action: "restart-app",
      params: { node: "web-02", app: name },
    }).finally(() => clearInterval(visits));
    assert.equal(restarted.state, "succeeded", restarted.verdict ?? "");
    await settle(poller.store, restarted.id);
    await breakLab(lab, "web");
    await untilService(
      poller.store,
      "learn-web",
      "Passenger is gone",
      (service) =>
        service.findings.some(({ node, rule }) => node === "web-02" && rule === "not-running") &&
        offered(service, "restart-web-server", "node", (value) => value === "web-02") !== undefined,
    );
    const back = await carryOutRun(poller.store, {
      serviceId: "learn-web",
      action: "restart-web-server",
      params: { node: "web-02" },
    });
    assert.equal(back.state, "succeeded", back.verdict ?? "");
    assert.notEqual(apachePid(lab.folder, "web-02"), null);
  });

  test("refuses what pitwall.yaml does not ask for, before it leaves here and there again", async () => {
    const here = await transports.ssh.run("web-02", { argv: ["id"], ...bounds() });
    assert.ok(!here.ok && here.error.kind === "forbidden" && here.error.what.includes("npx pitwall grant web-02"));
    for (const key of [fixture.lab.paths.lookKey, fixture.lab.paths.actKey]) {
      for (const command of ["id", "", "pitwall-1 hello; id"]) {
        const stolen = await steal(key, command);
        assert.equal(stolen.code, 126, command);
        assert.doesNotMatch(stolen.stdout, /uid=/);
      }
    }
  });

  test("takes no acting command by the looking key, and no injection through any parameter by the acting one", async () => {
    const { lab } = fixture;
    const list = join(lab.folder, "ssh", "web-02.wrapper", "allowed");
    const ids = [...readFileSync(list, "utf8").matchAll(/^command (\S+) act /gm)].map(([, id]) => id ?? "");
    assert.ok(ids.length >= 3);
    const ask = (id: string, args: readonly string[], key: string) => {
      const body = JSON.stringify({ command: id, args, secrets: [] });
      return steal(key, `pitwall-1 run 0123456789abcdef ${body.length}`, body);
    };
    for (const id of ids)
      assert.match((await ask(id, [], lab.paths.lookKey)).stderr, /acts, and this key may only look/);
    const restart = ids.find((id) => id.includes("restart-app")) ?? "";
    const detach = ids.find((id) => id.includes("detach-process")) ?? "";
    const tries = [
      [restart, "; id"],
      [restart, "$(id)"],
      [restart, "--help"],
      [restart, "a\nid"],
      [detach, "1;id"],
      [detach, "-1"],
    ] as const;
    for (const [id, bad] of tries) {
      const answer = await ask(id, [bad], lab.paths.actKey);
      assert.equal(answer.code, 126, `${id} took ${bad}`);
      assert.match(answer.stderr, /refused/);
    }
  });

  test("is taken by its gate as before: only through the bastion", async () => {
    const { lab } = fixture;
    const straight = await run(
      lab,
      [
        "/usr/bin/ssh",
        "-F",
        lab.paths.sshConfig,
        "-o",
        "ProxyJump=none",
        "-i",
        lab.paths.actKey,
        "-p",
        `${ports.ssh}`,
        "web-02",
        "pitwall-1 hello",
      ],
      { mayFail: true },
    );
    assert.equal(straight.code, 77);
    assert.equal((await runOnHost(lab, "web-02", "true")).code, 0);
  });

  test("has its database stopped, set up as a standby and started by what its list names", async () => {
    const { lab } = fixture;
    const read = readConfig(lab.paths.config);
    assert.ok(read.ok);
    const keys = { mode: "wrapper", key: `file:${lab.paths.lookKey}`, actKey: `file:${lab.paths.actKey}` } as const;
    const hosts = { ...read.value.hosts, "pg-b": { ...(read.value.hosts["pg-b"] as HostConfig), ...keys } };
    transports.replaceHosts(hosts, grantsOf(read.value, registry).commands);
    const config = read.value.services.find(({ id }) => id === "pg-main")?.config as PostgresConfig;
    const [primary, node] = config.nodes as [PostgresNodeConfig, PostgresNodeConfig];
    const context = contextOn(config);
    const conninfo = machine.conninfoOf(config, node, primary);
    assert.ok(conninfo.ok);
    const settings = { conninfo: conninfo.value, slot: null, versionNum: 150_000 };
    const stopped = await machine.stopAsStandby(context, node, settings);
    assert.ok(stopped.ok, stopped.ok ? "" : stopped.error.what);
    assert.equal(stopped.value.state, "shut down in recovery");
    assert.deepEqual(await machine.isRunning(context, node), ok(false));
    assert.deepEqual(await machine.isStandbySet(context, node), ok(true));
    assert.ok((await machine.startServer(context, node)).ok);
    assert.ok((await machine.reloadServer(context, node)).ok);
    const other = await machine.stopAsStandby(context, node, { ...settings, conninfo: "host=evil port=1 user=x" });
    assert.ok(!other.ok && other.error.kind === "forbidden", "a standby of another server is no word of its list");
    assert.deepEqual(await machine.isRunning(context, node), ok(true));
  });

  test("has its database promoted, rewound, and copied anew, as a rejoin does", async () => {
    const { lab } = fixture;
    const read = readConfig(lab.paths.config);
    assert.ok(read.ok);
    const config = read.value.services.find(({ id }) => id === "pg-main")?.config as PostgresConfig;
    const [primary, node] = config.nodes as [PostgresNodeConfig, PostgresNodeConfig];
    const lines: string[] = [];
    const context = contextOn(config, lines);
    const { bin = "", data = "" } = node.machine ?? {};
    const promote = [`${bin}/pg_ctl`, "-D", data, "-w", "-t", "60", "-s", "promote"] as const;
    const must = <T>(done: Result<T>): T => (done.ok ? done.value : assert.fail(JSON.stringify(done.error)));
    // A standby as young as this one has no checkpoint of its own yet that a rewind could begin from.
    await sql(lab, "pg-a", "checkpoint");
    const replayed = (lsn: unknown) => `select pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn as all`;
    const [at] = await sql(lab, "pg-a", "select pg_current_wal_lsn()::text as lsn");
    await until("it has that", 60_000, async () => ((await sql(lab, "pg-b", replayed(at?.lsn)))[0]?.all ? true : null));
    must(await machine.mustRunOn(context, node, [...promote]));
    await sql(lab, "pg-b", "create table its_own (n int)");
    must(await endInOrderStep(node).run(context));
    assert.match(
      must(await rewindStep(node, primary).run(context)),
      /^rewound; it had diverged at .* commits after that are lost$/,
      lines.join("; "),
    );
    // Broken off in the middle: nothing but a copy brings those files back.
    assert.equal(must(await isUnfinished(context, node)), true);
    assert.match(
      must(await rewindStep(node, primary).run(context)),
      /^copied anew from pg-a; the old files are kept in /,
    );
    assert.match(must(await startStandbyStep(node, primary).run(context)), /^pg-b is streaming/);
    must(await trustStep(node).run(context));
    assert.equal(must(await isUnfinished(context, node)), false);
  });

  test("tells which list it has", async () => {
    const told = await steal(fixture.lab.paths.lookKey, "pitwall-1 hello");
    assert.match(told.stdout, /^pitwall-run 1 (look|act) pitwall-allowed 1 [0-9a-f]{16}\n$/);
  });
});
