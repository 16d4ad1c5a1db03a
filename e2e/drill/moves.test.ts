import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import pg from "pg";
import { clientsPlace, isWhole, pictureOf } from "#e2e/drill/cluster.ts";
import { startCommitWriter } from "#e2e/drill/commit-writer.ts";
import { becomesWhole, crashAt, startMortalPoller } from "#e2e/drill/crash.ts";
import {
  askForPlan,
  carryOutRun,
  confirm,
  settle,
  startLabPoller,
  until,
  untilPlanned,
  untilRun,
  untilService,
} from "#e2e/drill/lab-poller.ts";
import { countLost, retried, switchOnce, untilOffered } from "#e2e/drill/move-drills.ts";
import { labConfig } from "#e2e/lab/config.ts";
import { breakLab, healLab } from "#e2e/lab/faults.ts";
import { askHaproxy } from "#e2e/lab/haproxy.ts";
import { type Lab, pgHosts, wrappedHosts } from "#e2e/lab/layout.ts";
import { askPgbouncer } from "#e2e/lab/pgbouncer.ts";
import { primaryOf, sql } from "#e2e/lab/postgres.ts";
import { startTestLab, type TestLab } from "#e2e/lab/test-lab.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { actions } from "#lib/integrations/postgres/actions.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { createBench } from "#lib/integrations/postgres/real-run.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { createTransports } from "#lib/transports/transports.ts";
import { isEnded } from "#lib/wire/run.ts";

const serviceId = "pg-main";

describe("the primary of a real cluster behind a real HAProxy", { timeout: 1_200_000 }, () => {
  let fixture: TestLab;
  let lab: Lab;
  let poller: Poller;
  let data = "";
  before(async () => {
    fixture = await startTestLab({ load: false });
    lab = fixture.lab;
    data = mkdtempSync(join(tmpdir(), "pitwall-moves-"));
    // Their keys start the wrapper and nothing else, so every command of a move has to be on its list.
    const config = join(data, "pitwall.yaml");
    writeFileSync(config, labConfig(lab, { byWrapper: wrappedHosts }));
    poller = await startLabPoller(config, data);
  });
  after(async () => {
    await poller?.stop();
    await fixture?.stop();
    if (data !== "") rmSync(data, { recursive: true, force: true });
  });
  /** A client on the way that applications go, which leaves with its test. */
  const clientOf = async (t: TestContext, database: "app" | "app_session") => {
    const client = new pg.Client({ ...clientsPlace(lab, database), query_timeout: 120_000 });
    client.on("error", () => {}); // a session that was cut fails its next query
    t.after(() => client.end());
    await client.connect();
    return client;
  };
  const whole = () => until("the cluster is whole", 120_000, async () => ((await isWhole(lab)) ? true : null));

  it("is switched over without losing a commit that was acknowledged", async () => {
    await using cut = await startCommitWriter(clientsPlace(lab), "kept", 2);
    await using pooled = await startCommitWriter(clientsPlace(lab, "app"), "kept_pooled", 2);
    const run = await switchOnce({ lab, store: poller.store });
    const [written, waited] = await Promise.all([cut.stop(), pooled.stop()]);
    assert.equal(run.state, "succeeded", run.verdict ?? "");
    assert.equal(await primaryOf(lab), "pg-b");
    assert.ok(written.acknowledged.length > 0 && waited.acknowledged.length > 0);
    assert.equal(await countLost(lab, "kept", written), 0);
    assert.equal(await countLost(lab, "kept_pooled", waited), 0);
    const road = (name: string) => run.checks.find((check) => check.id === `road-${name}`)?.evidence ?? "";
    assert.match(road("lb-1"), /^HAProxy, level admin, leads to pg-a/);
    assert.match(road("pgb-1"), /^PgBouncer, an admin_user, leads to the primary.*can be written$/);
    await whole();
    assert.deepEqual((await pictureOf(lab)).slots, ["pg_a", "pg_c"]);
  });

  it("is left as it was by a switchover that is refused, and every reason is said", async () => {
    await untilOffered(poller.store, "switchover", "pg-c");
    const id = await untilOffered(poller.store, "switchover", "pg-c").then((to) =>
      askForPlan(poller.store, { serviceId, action: "switchover", params: { to } }),
    );
    await untilPlanned(poller.store, id);
    const before = await pictureOf(lab);
    // The poll that sees it paused takes it from what is offered: then it cannot even be asked for, and is tried again.
    const refused = await until("it is asked for before the board knows", 120_000, async () => {
      const params = { to: await untilOffered(poller.store, "switchover", "pg-c") };
      await sql(lab, "pg-c", "select pg_wal_replay_pause()");
      try {
        const wanted = { serviceId, action: "switchover", params };
        const asked = await askForPlan(poller.store, wanted).catch(() => null);
        return asked === null ? null : await untilPlanned(poller.store, asked);
      } finally {
        await sql(lab, "pg-c", "select pg_wal_replay_resume()");
      }
    });
    assert.equal(refused.state, "refused");
    assert.match(refused.verdict ?? "", /nothing was changed.*its replay is paused/s);
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("is left as it was when a client of session pooling does not leave, and every client goes on", async (t) => {
    const before = await pictureOf(lab);
    const idle = await clientOf(t, "app_session");
    const pid = async () => (await idle.query("select pg_backend_pid() as pid")).rows[0]?.pid;
    const mine = await pid();
    const run = await retried(async () => {
      await untilOffered(poller.store, "switchover", "pg-c");
      return await carryOutRun(poller.store, { serviceId, action: "switchover", params: { to: "pg-c" } });
    });
    const warned = run.checks.find((check) => check.id === "road-pgb-1");
    assert.deepEqual([warned?.verdict, run.state], ["warn", "failed-clean"], run.verdict ?? "");
    assert.match(warned?.evidence ?? "", /session pooling: 1 connected clients are waited for 4.0 s/);
    assert.match(
      run.verdict ?? "",
      /could not pause app_session within 4.0 s: 1 of its clients stay connected.*RESUME was given/,
    );
    assert.equal(await pid(), mine);
    await idle.end();
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("is reached again through a pooler that somebody left paused: the board says so, and RESUME is proven", async (t) => {
    const before = await pictureOf(lab);
    await askPgbouncer(lab, "PAUSE app");
    t.after(() => askPgbouncer(lab, "RESUME app").catch(() => "it goes on already"));
    const clients = [await clientOf(t, "app"), await clientOf(t, "app")];
    const ask = async (client: pg.Client | undefined) => (await client?.query("select 1 as here"))?.rows[0]?.here;
    const first = ask(clients[0]);
    await untilService(poller.store, serviceId, "the pooler holds one", ({ findings }) =>
      findings.some(({ message }) => /^app on pgb-1 is paused, 1 /.test(message)),
    );
    const params = { pooler: await untilOffered(poller.store, "resume-pooler", "pgb-1") };
    const wanted = { serviceId, action: "resume-pooler", params };
    const planned = await untilPlanned(poller.store, await askForPlan(poller.store, wanted));
    // More and more clients wait while somebody reads the plan: it is still the plan that was read.
    const second = ask(clients[1]);
    await untilService(poller.store, serviceId, "the pooler holds two", ({ findings }) =>
      findings.some(({ message }) => /^app on pgb-1 is paused, 2 /.test(message)),
    );
    await confirm(poller.store, planned, planned.plan?.hash ?? "");
    const run = await untilRun(poller.store, planned.id, ({ state }) => isEnded(state));
    assert.equal(run.state, "succeeded", run.verdict ?? "");
    assert.match(
      run.checks.find(({ id }) => id === "writer")?.evidence ?? "",
      /^app leads to pg-b, which takes writes$/,
    );
    assert.deepEqual(await Promise.all([first, second]), [1, 1]);
    for (const client of clients) await client.end();
    assert.deepEqual(await pictureOf(lab), before);
    await untilService(poller.store, serviceId, "nothing is held", ({ actions: offers }) =>
      offers.some((offer) => offer.id === "resume-pooler" && offer.blocked !== null),
    );
    const again = askForPlan(poller.store, { serviceId, action: "resume-pooler", params });
    await assert.rejects(again, /No PgBouncer holds its clients/);
  });

  it("is given back to clients by a switchover that fails before the point of no return", async () => {
    const before = await pictureOf(lab);
    await untilOffered(poller.store, "switchover", "pg-c");
    const id = await askForPlan(poller.store, { serviceId, action: "switchover", params: { to: "pg-c" } });
    const planned = await untilPlanned(poller.store, id);
    assert.equal(planned.state, "planned", planned.verdict ?? "");
    await confirm(poller.store, planned, planned.plan?.hash ?? "");
    await untilRun(
      poller.store,
      id,
      (run) => run.steps.some((step) => step.id === "slots" && step.state === "done"),
      60_000,
      2,
    );
    await sql(lab, "pg-c", "select pg_wal_replay_pause()");
    const failed = await untilRun(poller.store, id, (run) => isEnded(run.state)).finally(() =>
      sql(lab, "pg-c", "select pg_wal_replay_resume()"),
    );
    assert.equal(failed.state, "failed-clean", failed.verdict ?? "");
    assert.match(failed.verdict ?? "", /paused its replay meanwhile.*Undone: /s);
    await whole();
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("that is dead is followed by a standby; old primary returns after failover, takes no write, and is rejoined", async () => {
    await using writer = await startCommitWriter(clientsPlace(lab), "through_failover", 2);
    await using pooled = await startCommitWriter(clientsPlace(lab, "app"), "pooled_failover", 2);
    await breakLab(lab, "primary-host");
    const failed = await until("the failover is not refused", 90_000, async () => {
      const to = await untilOffered(poller.store, "failover");
      const run = await carryOutRun(poller.store, { serviceId, action: "failover", params: { to } });
      return run.state === "refused" ? null : run;
    });
    assert.equal(failed.state, "succeeded", failed.verdict ?? "");
    assert.ok(failed.checks.some((check) => check.id === "loss" && /last seen writing at/.test(check.evidence)));
    const fenced = (message: string) => message.includes("it is fenced off");
    await untilService(poller.store, serviceId, "the alarm", (board) =>
      board.findings.some((one) => fenced(one.message)),
    );
    // A reload forgets what was set at run time, and the machine comes back as the primary it was.
    await healLab(lab, "primary-host");
    await askHaproxy(lab, "set server pg-write/pg-b state ready");
    await until("its return was ended", 120_000, async () => {
      const { roles, roads } = await pictureOf(lab);
      return roles["pg-b"] !== "primary" && roads["pg-b"]?.startsWith("admin 1") === true ? true : null;
    });
    // Behind the failover nothing is lost, by neither way: those commits are all the new primary's.
    for (const [table, one] of [
      ["through_failover", writer],
      ["pooled_failover", pooled],
    ] as const) {
      const written = await one.stop();
      const last = { ...written, acknowledged: written.acknowledged.slice(-50) };
      assert.equal(await countLost(lab, table, last), 0);
    }
    const again = await retried(async () => {
      const params = { node: await untilOffered(poller.store, "rejoin", "pg-b") };
      return await carryOutRun(poller.store, { serviceId, action: "rejoin", params });
    });
    assert.equal(again.state, "succeeded", again.verdict ?? "");
    assert.match(
      again.steps.find((step) => step.id === "rewind")?.evidence ?? "",
      /diverged at .*: \d+ commits after that are lost/,
    );
    await whole();
    await untilService(
      poller.store,
      serviceId,
      "no alarm",
      (board) => !board.findings.some((one) => fenced(one.message)),
    );
    await settle(poller.store, failed.id);
  });

  it("is not followed while it lives: primary alive but unreachable from us (standby streaming) => refuse", async () => {
    const before = await pictureOf(lab);
    const primary = await primaryOf(lab);
    // The same cluster, seen from where neither the primary nor its machine can be reached.
    const away = { address: lab.addresses.search, machine: undefined };
    const { bench, end } = benchOf(lab, (node) => (node.name === primary ? { ...node, ...away } : node));
    const [standby = ""] = pgHosts.filter((host) => host !== primary);
    const run = await bench.run("failover", { to: standby });
    end();
    assert.equal(run.checks.unheard?.verdict, "block");
    assert.match(
      run.checks.unheard?.evidence ?? "",
      /still streams .*the primary lives, and only the way to it is broken/,
    );
    assert.match(run.stopped ?? "", /^block: /);
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("is one and taking writes, or its trouble has an alarm, wherever the poller dies", async () => {
    await poller.stop();
    await using mortal = await startMortalPoller(lab);
    const to = await untilOffered(mortal.store, "switchover");
    const wanted = { serviceId, action: "switchover", params: { to } };
    const run = await crashAt(mortal, wanted, { step: "promote", when: "running" });
    const words = `${run.state}: ${run.verdict}`;
    assert.ok(await becomesWhole(lab, 120_000), words);
    assert.equal((await primaryOf(lab)) === to, run.state === "succeeded", words);
  });

  it("that is two: two writable nodes => only containment", async () => {
    const old = await primaryOf(lab);
    const [other = "pg-c"] = pgHosts.filter((host) => host !== old).toReversed();
    await sql(lab, other, "select pg_promote()");
    const { bench, config, end } = benchOf(lab);
    const { detail } = await bench.poll();
    end();
    assert.deepEqual([...detail.cluster.writable].sort(), [old, other].sort());
    const offer = (id: string) => actions.find((action) => action.id === id)?.offer(config, detail);
    const both = detail.cluster.writable.join(" and ");
    assert.equal(offer("switchover")?.blocked, `${both} both take writes: keep clients off one of them first`);
    assert.equal(offer("failover")?.blocked, `${both} take writes`);
    // What is left keeps clients off the one that was left behind and stops it, before anything else.
    assert.deepEqual(
      offer("rejoin")
        ?.params[0]?.options.map((option) => option.value)
        .includes(old ?? ""),
      true,
    );
    const plan = actions.find((action) => action.id === "rejoin")?.plan(config, { node: old ?? "" }, detail);
    assert.ok(plan?.ok);
    const [shut, , stop] = plan.value.steps.map((step) => step.id);
    assert.deepEqual([shut, stop], ["shut-lb-1", "end-in-order"]);
  });
});

/** The cluster of a lab without a poller, as somebody sees it whose configuration differs. */
function benchOf(lab: Lab, change: (node: PostgresNodeConfig) => PostgresNodeConfig = (same) => same) {
  const read = readConfig(lab.paths.config);
  assert.ok(read.ok);
  const { services, hosts, reach } = read.value;
  const own = services.find((one) => one.id === serviceId)?.config as PostgresConfig;
  const config = { ...own, nodes: own.nodes.map(change) };
  const secrets = createKnownSecrets(lab.paths.config, process.env, () => undefined);
  const transports = createTransports({ hosts, reach, secret: secrets.resolve });
  return { config, bench: createBench(config, transports, secrets.resolve), end: () => transports.close() };
}
