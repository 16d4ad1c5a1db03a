import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "pg";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { ok } from "#lib/core/result.ts";
import { type PostgresConfig, postgresConfig } from "#lib/integrations/postgres/config.ts";
import { type Connect, startCluster, until } from "#lib/integrations/postgres/real-cluster.ts";
import { createBench } from "#lib/integrations/postgres/real-run.ts";
import type { Context } from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import { makeStandby } from "#lib/integrations/postgres/remedies/machine.ts";
import { candidateCheck, createSight } from "#lib/integrations/postgres/remedies/move-checks.ts";
import { promoteStep, promoteWay, triggerFileOf } from "#lib/integrations/postgres/remedies/promote.ts";
import { createTransports } from "#lib/transports/transports.ts";

const connect: Connect = async ({ host, port, application }) => {
  const client = new Client({ host, port, user: "postgres", database: "postgres", application_name: application });
  client.on("error", () => {}); // a server that is ended fails the next query
  await client.connect();
  return client;
};

const secret = () => ok("");

/** The replica alone, as a node whose machine is this one and whose role may call no pg_promote(). */
function configOf(place: { address: string; port: number }, machine: object): PostgresConfig {
  return postgresConfig.parse({
    nodes: [{ name: "pg-b", address: place.address, port: place.port, machine: { host: "local", ...machine } }],
    user: "pitwall",
    tls: "off",
  });
}

test("a role that may call no pg_promote() promotes by the trigger file that the server watches for, and by no other", {
  timeout: 480_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pitwall-trigger-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o777);
  const file = join(folder, "promote-now");
  const { replica } = await startCluster(t, connect);
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret });
  t.after(() => transports.close());
  const config = configOf(replica, { data: "/nowhere", promoteFile: file });
  const [node] = config.nodes;
  assert.ok(node);
  const context = createBench(config, transports).context();
  const verdict = () => candidateCheck(createSight(), node).run(context);
  assert.deepEqual(await verdict(), {
    verdict: "block",
    evidence: `its promote_trigger_file is not set, not ${file}`,
  });
  await replica.sql(`alter system set promote_trigger_file = '${file}'`);
  await replica.sql("select pg_reload_conf()");
  await until("the server watches for it", async () => (await verdict()).verdict === "pass");
  assert.match((await verdict()).evidence, /^a standby on timeline 1, to be promoted by trigger file$/);
  const done = await promoteStep(node).run(context);
  assert.equal(done.ok ? done.value : done.error.what, "pg-b takes writes on timeline 2, by trigger file");
  await replica.sql("insert into t values (1000, 'written')");
});

test("without a trigger file pg_ctl promotes on the machine", { timeout: 480_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pitwall-promote-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { replica } = await startCluster(t, connect);
  const [row] = await replica.sql("select setting from pg_settings where name = 'data_directory'");
  const [version] = await replica.sql("select split_part(current_setting('server_version'), '.', 1) as major");
  // As on a machine that is logged in to as the owner of the files; root itself may not.
  const drop = process.getuid?.() === 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
  const program = `/usr/lib/postgresql/${version?.major}/bin/pg_ctl`;
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "pg_ctl"), `#!/bin/sh\nexec ${drop}${program} "$@"\n`, { mode: 0o755 });
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret });
  t.after(() => transports.close());
  const config = configOf(replica, { data: String(row?.setting), bin: join(folder, "bin") });
  const [node] = config.nodes;
  assert.ok(node);
  const done = await promoteStep(node).run(createBench(config, transports).context());
  assert.equal(done.ok ? done.value : done.error.what, "pg-b takes writes on timeline 2, by pg_ctl promote");
  await replica.sql("insert into t values (1000, 'written')");
});

test("each version is promoted by a way that it has", () => {
  const machine = { host: "local", data: "/d", bin: "/b" };
  const node = (more: object) => ({ name: "a", address: "a", port: 1, machine: { ...machine, ...more } });
  const plain = node({});
  const file = node({ promoteFile: "/t" });
  const way = (versionNum: number, mayPromote: boolean, of = plain) => promoteWay(of, { versionNum, mayPromote });
  assert.equal(way(150_000, true, file), "pg_promote()");
  assert.equal(way(90_600, false), "pg_ctl promote");
  assert.equal(way(90_600, false, file), "trigger file");
  assert.equal(way(110_000, false, file), "trigger file");
  assert.equal(way(150_000, false, file), "trigger file");
  assert.equal(way(160_000, false, file), "pg_ctl promote", "16 watches for no file");
  assert.equal(promoteWay({ name: "a", address: "a", port: 1 }, { versionNum: 90_600, mayPromote: false }), null);
});

test("before 12 a standby is made by recovery.conf, which keeps its trigger file and whatever else stood there", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "pitwall-recovery-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const file = join(data, "recovery.conf");
  writeFileSync(file, "restore_command = 'cp /a/%f %p'\nstandby_mode = 'off'\ntrigger_file = '/old'\n");
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret });
  t.after(() => transports.close());
  const config = configOf({ address: "127.0.0.1", port: 1 }, { data, promoteFile: "/run/promote" });
  const [node] = config.nodes;
  assert.ok(node);
  const context = createBench(config, transports).context();
  const made = await makeStandby(context, node, { conninfo: "host=10.0.0.2", slot: "pg_b", versionNum: 110_022 });
  assert.ok(made.ok, made.ok ? "" : (made.error.said ?? made.error.what));
  assert.equal(
    readFileSync(file, "utf8"),
    `restore_command = 'cp /a/%f %p'
trigger_file = '/old'
primary_conninfo = 'host=10.0.0.2'
primary_slot_name = 'pg_b'
standby_mode = 'on'
recovery_target_timeline = 'latest'
`,
  );
  assert.deepEqual(await triggerFileOf(context, node, 110_022), ok("/old"));
});

test("a server of 9.6 is asked by the names that it has", async () => {
  const asked: string[] = [];
  const config = configOf({ address: "127.0.0.1", port: 1 }, { data: "/d" });
  const [node] = config.nodes;
  assert.ok(node);
  const query = async (_target: unknown, sql: string) => {
    asked.push(sql);
    return ok([{ version_num: 90_624, in_recovery: true, received_tli: 3, replay_lsn: "0/5000000", paused: false }]);
  };
  const context = { config, secret, signal: new AbortController().signal, transports: { postgres: { query } } };
  const seen = await look(context as unknown as Context, node);
  assert.ok(seen.ok);
  assert.deepEqual([seen.value.timeline, seen.value.mayPromote, seen.value.versionNum], [3, false, 90_624]);
  const text = asked.at(-1) ?? "";
  assert.match(text, /pg_last_xlog_replay_location\(\).*pg_is_xlog_replay_paused\(\)/s);
  assert.doesNotMatch(text, /pg_promote|wal_lsn|sender_host, sender_port FROM/);
});
