import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
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
  untilRun,
  untilService,
} from "#e2e/drill/lab-poller.ts";
import { countLost, switchOnce, untilOffered } from "#e2e/drill/move-drills.ts";
import { breakLab, healLab } from "#e2e/lab/faults.ts";
import { askHaproxy } from "#e2e/lab/haproxy.ts";
import type { Lab } from "#e2e/lab/layout.ts";
import { primaryOf, sql } from "#e2e/lab/postgres.ts";
import { startTestLab, type TestLab } from "#e2e/lab/test-lab.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { isEnded } from "#lib/wire/run.ts";

const serviceId = "pg-main";

describe("the primary of a real cluster behind a real HAProxy", { timeout: 400_000 }, () => {
  let fixture: TestLab;
  let lab: Lab;
  let poller: Poller;
  let data = "";
  before(async () => {
    fixture = await startTestLab({ load: false });
    lab = fixture.lab;
    data = mkdtempSync(join(tmpdir(), "pitwall-moves-"));
    poller = await startLabPoller(lab.paths.config, data);
  });
  after(async () => {
    await poller?.stop();
    await fixture?.stop();
    if (data !== "") rmSync(data, { recursive: true, force: true });
  });
  const whole = () => until("the cluster is whole", 60_000, async () => ((await isWhole(lab)) ? true : null));

  it("is switched over without losing a commit that was acknowledged", async () => {
    const writer = await startCommitWriter(clientsPlace(lab), "kept");
    const run = await switchOnce({ lab, store: poller.store });
    const written = await writer.stop();
    assert.equal(run.state, "succeeded", run.verdict ?? "");
    assert.equal(await primaryOf(lab), "pg-b");
    assert.ok(written.acknowledged.length > 0);
    assert.equal(await countLost(lab, "kept", written), 0);
    await whole();
    assert.deepEqual((await pictureOf(lab)).slots, ["pg_a", "pg_c"]);
  });

  it("is left as it was by a switchover that is refused, and every reason is said", async () => {
    await untilOffered(poller.store, "switchover", "pg-c");
    const id = await untilOffered(poller.store, "switchover", "pg-c").then((to) =>
      askForPlan(poller.store, { serviceId, action: "switchover", params: { to } }),
    );
    await untilRun(poller.store, id, (run) => run.state === "planned" || isEnded(run.state));
    const before = await pictureOf(lab);
    await sql(lab, "pg-c", "select pg_wal_replay_pause()");
    const refused = await carryOutRun(poller.store, { serviceId, action: "switchover", params: { to: "pg-c" } });
    await sql(lab, "pg-c", "select pg_wal_replay_resume()");
    assert.equal(refused.state, "refused");
    assert.match(refused.verdict ?? "", /nothing was changed.*its replay is paused/s);
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("is given back to clients by a switchover that fails before the point of no return", async () => {
    const before = await pictureOf(lab);
    await untilOffered(poller.store, "switchover", "pg-c");
    const id = await askForPlan(poller.store, { serviceId, action: "switchover", params: { to: "pg-c" } });
    const planned = await untilRun(poller.store, id, (run) => run.state === "planned" || isEnded(run.state));
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
    const failed = await untilRun(poller.store, id, (run) => isEnded(run.state));
    await sql(lab, "pg-c", "select pg_wal_replay_resume()");
    assert.equal(failed.state, "failed-clean", failed.verdict ?? "");
    assert.match(failed.verdict ?? "", /paused its replay meanwhile.*Undone: /s);
    await whole();
    assert.deepEqual(await pictureOf(lab), before);
  });

  it("that is dead is followed by a standby, takes no write when it returns, and is rejoined", async () => {
    const writer = await startCommitWriter(clientsPlace(lab), "through_failover");
    await breakLab(lab, "primary-host");
    const to = await untilOffered(poller.store, "failover");
    const failed = await until("the failover is not refused", 90_000, async () => {
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
    await until("its return was ended", 60_000, async () => {
      const { roles, roads } = await pictureOf(lab);
      return roles["pg-b"] !== "primary" && roads["pg-b"]?.startsWith("admin 1") === true ? true : null;
    });
    const written = await writer.stop();
    assert.equal(
      await countLost(lab, "through_failover", { ...written, acknowledged: written.acknowledged.slice(-50) }),
      0,
    );
    const again = await carryOutRun(poller.store, {
      serviceId,
      action: "rejoin",
      params: { node: await untilOffered(poller.store, "rejoin", "pg-b") },
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

  it("is one and taking writes, or its trouble has an alarm, wherever the poller dies", async () => {
    await poller.stop();
    await using mortal = await startMortalPoller(lab);
    const to = await untilOffered(mortal.store, "switchover");
    const wanted = { serviceId, action: "switchover", params: { to } };
    const run = await crashAt(mortal, wanted, { step: "promote", when: "running" });
    const words = `${run.state}: ${run.verdict}`;
    assert.ok(await becomesWhole(lab, 60_000), words);
    assert.equal((await primaryOf(lab)) === to, run.state === "succeeded", words);
    poller = await startLabPoller(lab.paths.config, data);
  });
});
