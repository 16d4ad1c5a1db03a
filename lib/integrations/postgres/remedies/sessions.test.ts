import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { handEngine, killedAtEveryWrite } from "#e2e/drill/hand-engine.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import type { ActionPlan } from "#lib/integrations/integration.ts";
import { actions } from "#lib/integrations/postgres/actions.ts";
import { postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { type Connect, type Session, startCluster, until } from "#lib/integrations/postgres/real-cluster.ts";
import { createBench } from "#lib/integrations/postgres/real-run.ts";
import { createTransports } from "#lib/transports/transports.ts";

const connect: Connect = async ({ host, port, application, user = "postgres" }) => {
  const client = new Client({ host, port, user, database: "postgres", application_name: application });
  // A session that is ended is what these tests do on purpose.
  client.on("error", () => {});
  await client.connect();
  return client;
};

function optionsOf(config: Parameters<(typeof actions)[number]["offer"]>[0], detail: PostgresDetail, id: string) {
  return actions.find((each) => each.id === id)?.offer(config, detail).params[0]?.options ?? [];
}

test("sessions and slots of a real cluster are ended by what they are, not by their number", {
  timeout: 600_000,
}, async (t) => {
  const { primary, replica } = await startCluster(t, connect);
  await primary.sql("create role operator login replication in role pg_monitor, pg_signal_backend");
  await primary.sql("create role app login; grant all on t to app");
  const transports = createTransports({
    reach: onLoopback,
    hosts: {},
    secret: () => ({ ok: false, error: { kind: "secret-missing", what: "none" } }),
  });
  t.after(() => transports.close());
  const nodes = [
    { name: "pg-a", address: primary.address, port: primary.port },
    { name: "pg-b", address: replica.address, port: replica.port },
  ];
  const config = postgresConfig.parse({ nodes, user: "pitwall", act: { user: "operator" }, tls: "off" });
  const bench = createBench(config, transports);
  const app = (application: string) => primary.session(application, "app");
  const pidOf = async (session: Session) =>
    Number((await session.query("select pg_backend_pid() as pid")).rows[0]?.pid);
  const offered = async (id: string, pid: number) => {
    let value: string | undefined;
    await until(`pid ${pid} is offered for ${id}`, async () => {
      const { detail } = await bench.poll();
      value = optionsOf(config, detail, id).find((option) => option.label.startsWith(`pid ${pid} `))?.value;
      return value !== undefined;
    });
    return value ?? "";
  };

  await t.test("a cancelled query is kept with who ran it, what it ran and who waited for it", async () => {
    const holder = await app("nightly-job");
    const pid = await pidOf(holder);
    await holder.query("begin; update t set v = 'held' where id = 1");
    const running = assert.rejects(holder.query("select pg_sleep(60) /* secret plan */"), /canceling statement/);
    const victim = await app("web-1");
    const waiting = victim.query("update t set v = 'w' where id = 1");
    await until("one waits", async () => (await bench.poll()).detail.nodes[0]?.sessions?.blockedCount === 1);
    const run = await bench.run("cancel-query", { session: await offered("cancel-query", pid) });
    assert.equal(run.stopped, null);
    await running;
    assert.equal(run.proven, true);
    assert.match(run.done[0] ?? "", new RegExp(`pg_cancel_backend\\(${pid}\\) answered true; 1 waited for it`));
    const kept = run.lines.join("\n");
    assert.match(kept, /pid \d+ · nightly-job \(app\) in postgres from 127\.[\d.]+\/32: active, statement .* old/);
    assert.match(kept, /ran: select pg_sleep\(60\) \/\* secret plan \*\//);
    assert.match(kept, /blocked pid \d+ · web-1 \(app\)/);
    await holder.query("rollback");
    await waiting;
  });

  await t.test("a session that runs another statement by now is left alone", async () => {
    const busy = await app("busy");
    const pid = await pidOf(busy);
    await busy.query("begin");
    const first = busy.query("select pg_sleep(60)").catch(() => undefined);
    const value = await offered("cancel-query", pid);
    await primary.sql(`select pg_cancel_backend(${pid})`);
    await first;
    await busy.query("rollback");
    await busy.query("begin");
    const second = busy.query("select pg_sleep(60)").catch(() => undefined);
    const late = await bench.run("cancel-query", { session: value });
    assert.match(late.stopped ?? "", new RegExp(`block: pid ${pid} is gone, or runs another statement by now`));
    await primary.sql(`select pg_cancel_backend(${pid})`);
    await second;
    await busy.query("rollback");
    // The checks may pass a moment before: the statement that signals looks again by itself.
    const third = busy.query("begin; select pg_sleep(60)").catch(() => undefined);
    const raced = await bench.run("cancel-query", { session: await offered("cancel-query", pid) }, async () => {
      await primary.sql(`select pg_cancel_backend(${pid})`);
      await third;
      await busy.query("rollback");
      await busy.query("begin");
    });
    assert.match(raced.stopped ?? "", /no-such-object: pid \d+ is no longer what was seen/);
    assert.equal((await busy.query("select 1 as alive")).rows[0]?.alive, 1);
    await busy.query("rollback");
  });

  await t.test("one that is idle in a transaction is not offered for cancelling, and is terminated", async () => {
    const idle = await app("forgotten");
    const pid = await pidOf(idle);
    await idle.query("begin; select 1");
    const value = await offered("terminate-session", pid);
    const cancels = optionsOf(config, (await bench.poll()).detail, "cancel-query");
    assert.equal(
      cancels.some((option) => option.value === value),
      false,
    );
    const run = await bench.run("terminate-session", { session: value });
    assert.deepEqual([run.stopped, run.proven], [null, true]);
    await assert.rejects(idle.query("select 1"));
  });

  await t.test("a superuser's session is spared unless the configuration says so", async () => {
    const root = await primary.session("root-shell");
    const pid = await pidOf(root);
    await root.query("begin; select 1");
    const run = await bench.run("terminate-session", { session: await offered("terminate-session", pid) });
    assert.match(run.stopped ?? "", /block: it belongs to the superuser postgres/);
    assert.equal((await root.query("select 1 as alive")).rows[0]?.alive, 1);
    await root.query("rollback");
  });

  await t.test(
    "of all older than a limit exactly those are ended, and replication, superusers and Pitwall live on",
    async () => {
      const old = [await app("report-1"), await app("report-2")];
      const idle = await app("left-open");
      await idle.query("begin; select 1");
      const root = await primary.session("root-report");
      const ended = old.map((session) => assert.rejects(session.query("select pg_sleep(90)"), /canceling statement/));
      const spared = root.query("select pg_sleep(12.5) is not null as alive");
      await until("both are old enough", async () => {
        const rows = await primary.sql(
          "select 1 from pg_stat_activity where application_name like 'report-%' and now() - query_start > '10.2 s'",
        );
        return rows.length === 2;
      });
      const young = await app("young");
      const still = young.query("select pg_sleep(3) is not null as alive");
      const run = await bench.run("cancel-old-queries", { node: "pg-a", olderThan: "10s" });
      assert.deepEqual([run.stopped, run.proven], [null, true]);
      assert.equal(run.checks.found?.evidence, "2 sessions of app");
      assert.equal(run.done[0], "2 of 2 signalled by pg_cancel_backend");
      await Promise.all(ended);
      assert.equal((await still).rows[0]?.alive, true);
      assert.equal((await spared).rows[0]?.alive, true);
      assert.equal((await primary.sql("select 1 from pg_stat_replication where state = 'streaming'")).length, 1);
      const none = await bench.run("cancel-old-queries", { node: "pg-a", olderThan: "10s" });
      assert.match(none.stopped ?? "", /block: there are no statements that run for over 10 s/);

      // Killed before and after the signal: a successor says what became of them.
      const params = { node: "pg-a", which: "idle", olderThan: "10s" };
      const plan = actions.find(({ id }) => id === "terminate-old-sessions")?.plan(config, params, null);
      assert.ok(plan?.ok);
      const there = async () =>
        (await primary.sql("select 1 from pg_stat_activity where application_name = 'left-open'")).length;
      for (const [dieAt, kind, left] of [
        [0, "broken", 1],
        [1, "done", 0],
      ] as const) {
        const engine = handEngine(plan.value as ActionPlan, () => bench.context());
        assert.equal(await engine.run(dieAt), null);
        assert.deepEqual([(await engine.resume()).kind, await there()], [kind, left], `killed at write ${dieAt}`);
      }
    },
  );

  await t.test(
    "a slot is dropped only when it is dead: not one in use, moved since, or of a living standby",
    async () => {
      await primary.sql("select pg_create_physical_replication_slot('left_over', true)");
      const slot = async (name: string) => {
        const options = optionsOf(config, (await bench.poll()).detail, "drop-slot");
        return options.find((option) => option.value.startsWith(`pg-a/${name}/`))?.value;
      };
      assert.equal(await slot("pg_b"), undefined, "a slot in use is not offered");
      const value = (await slot("left_over")) ?? "";
      const moved = await bench.run("drop-slot", { slot: value.replace(/[^/]+$/, "1") });
      assert.match(moved.stopped ?? "", /block: it has moved to/);
      const [row] = await primary.sql(
        "select restart_lsn::text as lsn from pg_replication_slots where slot_name = 'pg_b'",
      );
      const used = await bench.run("drop-slot", { slot: `pg-a/pg_b/${row?.lsn}` });
      assert.match(used.stopped ?? "", /block: somebody reads from it right now/);
      const conninfo = (await replica.sql("show primary_conninfo"))[0]?.primary_conninfo;
      await replica.sql("alter system set primary_conninfo = 'host=127.0.0.1 port=1'");
      await replica.sql("select pg_reload_conf()");
      await until("it lets go", async () => (await slot("pg_b")) !== undefined);
      const standby = await bench.run("drop-slot", { slot: (await slot("pg_b")) ?? "" });
      assert.match(standby.stopped ?? "", /block: pg-b is set to use it and is alive/);
      await replica.sql(`alter system set primary_conninfo = '${String(conninfo).replaceAll("'", "''")}'`);
      await replica.sql("select pg_reload_conf()");
      const run = await bench.run("drop-slot", { slot: value });
      assert.deepEqual([run.stopped, run.proven], [null, true]);
      assert.match(run.checks.frees?.evidence ?? "", /^it keeps .*; another slot keeps up to .* of that$/);
      const left = await primary.sql("select slot_name from pg_replication_slots");
      assert.deepEqual(
        left.map((each) => each.slot_name),
        ["pg_b"],
      );
    },
  );

  await t.test(
    "kill dashboard at every step boundary then resume: what was ended is told, and nothing twice",
    async () => {
      const planOf = async (id: string, params: Record<string, string>) => {
        const plan = actions.find((each) => each.id === id)?.plan(config, params, (await bench.poll()).detail);
        assert.ok(plan?.ok);
        return { plan: plan.value as ActionPlan, contextOf: () => bench.context() };
      };
      await killedAtEveryWrite(async () => {
        const session = await app("victim");
        const pid = await pidOf(session);
        const [ended] = [session.query("select pg_sleep(60)").catch(() => undefined)];
        const running = async () =>
          (await primary.sql(`select 1 from pg_stat_activity where pid = ${pid} and state = 'active'`)).length > 0;
        const what = await planOf("cancel-query", { session: await offered("cancel-query", pid) });
        const tidy = async () => {
          await primary.sql(`select pg_cancel_backend(${pid})`);
          await ended;
          assert.equal((await session.query("select 1 as alive")).rows[0]?.alive, 1, "the session itself lives on");
        };
        return { ...what, happened: async () => !(await running()), tidy };
      });
      await killedAtEveryWrite(async () => {
        const session = await app("forgotten");
        const pid = await pidOf(session);
        await session.query("begin; select 1");
        const what = await planOf("terminate-session", { session: await offered("terminate-session", pid) });
        const there = async () => (await primary.sql(`select 1 from pg_stat_activity where pid = ${pid}`)).length > 0;
        return {
          ...what,
          happened: async () => !(await there()),
          tidy: async () => void (await primary.sql(`select pg_terminate_backend(${pid})`)),
        };
      });
      await killedAtEveryWrite(async () => {
        await primary.sql("select pg_create_physical_replication_slot('left_over', true)");
        const options = optionsOf(config, (await bench.poll()).detail, "drop-slot");
        const slot = options.find((option) => option.value.startsWith("pg-a/left_over/"))?.value ?? "";
        const there = async () =>
          (await primary.sql("select 1 from pg_replication_slots where slot_name = 'left_over'")).length > 0;
        const tidy = async () => {
          if (await there()) await primary.sql("select pg_drop_replication_slot('left_over')");
        };
        return { ...(await planOf("drop-slot", { slot })), happened: async () => !(await there()), tidy };
      });
      await killedAtEveryWrite(async () => {
        await replica.sql("select pg_wal_replay_pause()");
        const paused = async () => (await replica.sql("select pg_is_wal_replay_paused() as on"))[0]?.on === true;
        await until("it is paused", paused);
        return { ...(await planOf("resume-replay", { node: "pg-b" })), happened: async () => !(await paused()) };
      });
    },
  );
});
