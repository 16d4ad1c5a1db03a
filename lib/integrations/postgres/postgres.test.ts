import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { Client } from "pg";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { stepMemory } from "#e2e/step-memory.ts";
import { failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { err, ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import type { ActionContext, CollectContext, Sample } from "#lib/integrations/integration.ts";
import { actions } from "#lib/integrations/postgres/actions.ts";
import { collect } from "#lib/integrations/postgres/collector.ts";
import { type PostgresConfig, postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
import { manifest } from "#lib/integrations/postgres/manifest.ts";
import { type Connect, startCluster, until } from "#lib/integrations/postgres/real-cluster.ts";
import { createTransports } from "#lib/transports/transports.ts";
import type { Transports } from "#lib/transports/types.ts";

const noSecret = (reference: string) => err(failure("secret-missing", `${reference} is not there`));

function contextOf(
  config: PostgresConfig,
  transports: Transports,
  previous: PostgresDetail | undefined = undefined,
): CollectContext<PostgresConfig, PostgresDetail> {
  return {
    config,
    transports,
    secret: noSecret,
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    now: Date.now,
    previous: previous === undefined ? undefined : { detail: previous, at: 0 },
  };
}

const connect: Connect = async ({ host, port, application }) => {
  const client = new Client({ host, port, user: "postgres", database: "postgres", application_name: application });
  // A session that dies with its server is what these tests do on purpose.
  client.on("error", () => {});
  await client.connect();
  return client;
};

const brief = (finding: Finding) => `${finding.severity} ${finding.rule} · ${finding.message}`;

test("a real cluster is read, judged and repaired through its states", { timeout: 600_000 }, async (t) => {
  const { primary, replica } = await startCluster(t, connect);
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret: noSecret });
  t.after(() => transports.close());
  const nodes = [
    { name: "pg-a", address: primary.address, port: primary.port },
    { name: "pg-b", address: replica.address, port: replica.port },
  ];
  const config = postgresConfig.parse({ nodes, user: "pitwall", tls: "off" });
  let last: PostgresDetail | undefined;
  const poll = async (as = config): Promise<Sample<PostgresDetail>> => {
    const sample = await collect(contextOf(as, transports, last));
    assert.ok(sample.ok, sample.ok ? "" : `${sample.error.what}: ${sample.error.said}`);
    last = sample.value.detail;
    return sample.value;
  };
  const findings = async () => judge((await poll()).detail, manifest.rules).map(brief);
  const node = async (name: string): Promise<PostgresNode> => {
    const found = (await poll()).detail.nodes.find((each) => each.name === name);
    assert.ok(found);
    return found;
  };
  const follows = async () =>
    (await node("pg-b")).replica?.state === "streaming" && (await node("pg-b")).replica?.lagBytes === 0;

  await t.test("a healthy pair is quiet, and every part of it could be read", async () => {
    await until("the replica follows", follows);
    const { detail, metrics } = await poll();
    assert.deepEqual(judge(detail, manifest.rules).map(brief), []);
    assert.deepEqual(
      detail.nodes.flatMap((each) => each.unread),
      [],
    );
    assert.deepEqual(
      detail.nodes.map((each) => [each.role, each.roleFrom, each.missingGrant]),
      [
        ["primary", "told", false],
        ["replica", "told", false],
      ],
    );
    const [a, b] = detail.nodes;
    assert.equal(b?.replica?.upstream, "pg-a");
    assert.equal(b?.replica?.slot, "pg_b");
    assert.equal(a?.slots?.[0]?.active, true);
    assert.equal(a?.connections?.limit, 17);
    assert.ok((a?.databases?.length ?? 0) >= 3 && a?.archiver !== null && b?.connections !== null);
    // Now and then a server writes a little of its own accord: the lag is a number, and a small one.
    const lagBytes = metrics.find((metric) => metric.id === "lag_bytes" && metric.node === "pg-b")?.value ?? null;
    assert.ok(lagBytes !== null && lagBytes < 100_000);
    assert.match(manifest.summarise(detail), /^pg-a writes · 1 replica, /);
  });

  await t.test("a node that accepts and never answers does not take the others' answers with it", async (t) => {
    const tarpit = createServer(() => {});
    await new Promise<void>((resolve) => tarpit.listen(0, "127.0.0.1", resolve));
    t.after(() => void tarpit.close());
    const { port } = tarpit.address() as AddressInfo;
    const three = postgresConfig.parse({
      nodes: [{ name: "pg-c", address: "127.0.0.1", port }, ...nodes],
      user: "pitwall",
      tls: "off",
    });
    // Enough for the others on a busy machine, and what the hung one is given is less than what the poll has.
    const sample = await collect({ ...contextOf(three, transports), timeoutMs: 8_000 });
    assert.ok(sample.ok);
    const [c, ...others] = sample.value.detail.nodes;
    assert.match(c?.failure?.kind ?? "", /^(timeout|stalled)$/);
    assert.match(c?.failure?.what ?? "", /within 7\.\d s$/, "the sample is there before the poll's own deadline");
    assert.deepEqual(
      others.map((each) => each.failure),
      [null, null],
    );
  });

  await t.test("a paused replay is told with its lag, and resumed with proof", async () => {
    await replica.sql("select pg_wal_replay_pause()");
    await until(
      "it is paused",
      async () => (await replica.sql("select pg_get_wal_replay_pause_state() s"))[0]?.s === "paused",
    );
    await primary.sql("insert into t select g, repeat('x', 500) from generate_series(1000, 5000) g");
    await until("the lag shows", async () => ((await node("pg-b")).replica?.lagBytes ?? 0) > 1_000_000);
    const told = judge((await poll()).detail, manifest.rules).filter((finding) => finding.rule === "replay-paused");
    assert.match(told.map(brief).join(), /^warning replay-paused · pg-b: replay is paused, .* of WAL waiting$/);
    assert.deepEqual(told[0]?.action, { id: "resume-replay", params: { node: "pg-b" } });
    await resume(config, transports, await poll());
    await until("it follows again", follows);
    assert.deepEqual(await findings(), []);
  });

  await t.test("a role without the right is told so before anything is touched", async () => {
    await replica.sql("select pg_wal_replay_pause()");
    const bare = postgresConfig.parse({ nodes, user: "bare", tls: "off" });
    await assert.rejects(
      resume(bare, transports, await poll()),
      /block: bare may not execute pg_wal_replay_resume\(\): run GRANT EXECUTE ON FUNCTION pg_wal_replay_resume\(\) TO bare in database postgres/,
    );
    await replica.sql("select pg_wal_replay_resume()");
    await until("it follows again", follows);
  });

  await t.test("a role without pg_monitor has its numbers hidden, not zero", async () => {
    const { detail } = await poll(postgresConfig.parse({ nodes, user: "bare", tls: "off" }));
    assert.deepEqual(judge(detail, manifest.rules).map(brief), [
      "warning missing-grant · pg-a: numbers are hidden from Pitwall's role, grant it pg_monitor",
      "warning missing-grant · pg-b: numbers are hidden from Pitwall's role, grant it pg_monitor",
    ]);
    assert.deepEqual(
      detail.nodes.map((each) => [each.connections, each.sessions]),
      [
        [null, null],
        [null, null],
      ],
    );
    const view = detail.nodes[1]?.replica;
    assert.deepEqual([view?.state, view?.lagSeconds], ["unknown", null]);
  });

  await t.test("of a blocked chain the idle transaction at its root is named", async () => {
    const batch = await primary.session("batch-job");
    const first = await primary.session("web-1");
    const second = await primary.session("web-2");
    await batch.query("begin");
    await batch.query("update t set v = 'lock' where id = 1");
    const waiting = [first.query("update t set v = 'a' where id = 1")];
    await until("one waits", async () => (await node("pg-a")).sessions?.blockedCount === 1);
    waiting.push(second.query("update t set v = 'b' where id = 1"));
    await until("two wait", async () => (await node("pg-a")).sessions?.blockedCount === 2);
    const sessions = (await node("pg-a")).sessions;
    assert.equal(sessions?.chains.length, 1);
    assert.equal(sessions?.chains[0]?.root.application, "batch-job");
    assert.equal(sessions?.chains[0]?.root.state, "idle in transaction");
    assert.equal(sessions?.longestIdleInTransaction?.application, "batch-job");
    assert.equal(sessions?.chains[0]?.blockedCount, 2);
    await until("the wait is long enough to be told", async () =>
      (await findings()).some((each) => each.includes("blocked-sessions")),
    );
    assert.match(
      (await findings()).join("\n"),
      /blocked-sessions · pg-a: 2 sessions wait for batch-job \(postgres\), pid \d+, idle in transaction, longest /,
    );
    await batch.query("rollback");
    await Promise.all(waiting);
  });

  await t.test("a replica cut off from its primary is not at lag 0", async () => {
    const conninfo = (await replica.sql("show primary_conninfo"))[0]?.primary_conninfo;
    await replica.sql("alter system set primary_conninfo = 'host=127.0.0.1 port=1'");
    await replica.sql("select pg_reload_conf()");
    await until("it is cut", async () => (await node("pg-b")).replica?.state === "disconnected");
    await primary.sql("insert into t select g, repeat('x', 500) from generate_series(10000, 14000) g");
    const [own] = await replica.sql("select pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() as equal");
    assert.equal(own?.equal, true, "its own numbers say that it is up to date");
    const { replica: view } = await node("pg-b");
    assert.ok((view?.lagBytes ?? 0) > 1_000_000 && view?.lagSeconds === null);
    const told = await findings();
    assert.match(
      told[0] ?? "",
      /^critical replica-disconnected · pg-b: is cut off, it has no receiver, .* of WAL waiting$/,
    );
    assert.match(told.join("\n"), /warning slot-inactive · pg-a: slot pg_b is not used, .* of WAL kept for it/);
    await replica.sql(`alter system set primary_conninfo = '${String(conninfo).replaceAll("'", "''")}'`);
    await replica.sql("select pg_reload_conf()");
    await until("it follows again", follows);
    assert.deepEqual(await findings(), []);
  });

  await t.test("a replica that is down is told, and the primary's answer is not delayed", async () => {
    await replica.crash();
    await until("the primary lets go", async () => (await node("pg-a")).slots?.[0]?.active === false);
    const told = await findings();
    assert.match(told[0] ?? "", /^critical replica-down · pg-b: the last replica is down, /);
    await replica.start();
    await until("it follows again", follows);
  });

  await t.test("two writable nodes are a split brain, and the promoted one is named", async () => {
    await replica.sql("select pg_promote()");
    await until("both write", async () => (await poll()).detail.cluster.writable.length === 2);
    const told = await findings();
    assert.equal(
      told[0],
      "critical two-writable · pg-a and pg-b both take writes: split brain, pg-b has the higher timeline (2) and is the promoted one",
    );
    assert.equal(last?.cluster.primary, "pg-b");
  });

  await t.test("a former primary that is down after a takeover is a warning, not an outage", async () => {
    await primary.crash();
    await until("it is gone", async () => (await node("pg-a")).failure !== null);
    assert.match(
      (await findings()).join("\n"),
      /^warning node-down · pg-a: the former primary is down, .*; pg-b took over, so it must not come back as a primary/,
    );
    await replica.crash();
    const { detail } = await poll();
    assert.deepEqual(
      judge(detail, manifest.rules).map((finding) => `${finding.severity} ${finding.rule} ${finding.node}`),
      ["critical node-down pg-a", "critical node-down pg-b"],
    );
  });
});

test("when only the way to the nodes fails, the poll fails and nothing is said of the cluster", async () => {
  const config = postgresConfig.parse({
    nodes: [{ name: "pg-a", address: "10.0.0.1" }],
    user: "pitwall",
    password: "env:NOT_THERE",
  });
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret: noSecret });
  const sample = await collect(contextOf(config, transports));
  assert.equal(sample.ok === false && sample.error.kind, "secret-missing");
  await transports.close();
});

/** Runs resume-replay as the engine does: all checks, the step, and the proof, several times in a row. */
async function resume(config: PostgresConfig, transports: Transports, sample: Sample<PostgresDetail>): Promise<void> {
  const action = actions.find((each) => each.id === "resume-replay");
  assert.deepEqual(
    action?.offer(config, sample.detail).params[0]?.options.map((option) => option.value),
    ["pg-b"],
  );
  const plan = action?.plan(config, { node: "pg-b" }, sample.detail);
  assert.ok(plan?.ok);
  const context: ActionContext<PostgresConfig, PostgresDetail> = {
    ...contextOf(config, transports),
    ...stepMemory(),
    serviceId: "pg-main",
    output: () => {},
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    poll: async () => ok(sample),
  };
  for (const check of plan.value.preflight) {
    const { verdict, evidence } = await check.run(context);
    if (verdict !== "pass") throw new Error(`${verdict}: ${evidence}`);
  }
  for (const step of plan.value.steps) assert.ok((await step.run(context)).ok);
  const { probe, consecutive } = plan.value.verify;
  let held = 0;
  await until("the proof holds", async () => {
    held = (await probe(context)).holds ? held + 1 : 0;
    return held >= consecutive;
  });
}
