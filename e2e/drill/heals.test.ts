import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pictureOf } from "#e2e/drill/cluster.ts";
import {
  askForPlan,
  carryOutRun,
  confirm,
  startLabPoller,
  until,
  untilPlanned,
  untilRun,
  untilService,
} from "#e2e/drill/lab-poller.ts";
import { labConfig } from "#e2e/lab/config.ts";
import { killWebHost } from "#e2e/lab/faults-web.ts";
import { askHaproxy } from "#e2e/lab/haproxy.ts";
import { type Lab, ports, webHosts } from "#e2e/lab/layout.ts";
import { startTestLab, type TestLab } from "#e2e/lab/test-lab.ts";
import { apachePid, startWebHost, webHostPaths } from "#e2e/lab/web-host.ts";
import { person } from "#e2e/people.ts";
import { haproxyPicture, passengerPicture } from "#e2e/servers/picture.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { cancelRun } from "#lib/commands/cancel-run.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { listRuns } from "#lib/store/runs.ts";
import { healsView } from "#lib/views/heals-view.ts";
import type { HealDto } from "#lib/wire/heal.ts";
import { isEnded } from "#lib/wire/run.ts";

const serviceId = "learn-web";
const withinMs = 120_000;

/** The whole stack by its own tools: HAProxy's servers, the cluster and its pooler, and Passenger's pools. */
async function stackPicture(lab: Lab) {
  const pools = webHosts.map(
    async (host) => [host, await passengerPicture(webHostPaths(lab.folder, host).registryDir)] as const,
  );
  return {
    servers: await haproxyPicture((command) => askHaproxy(lab, command)),
    cluster: await pictureOf(lab),
    pools: Object.fromEntries(await Promise.all(pools)),
  };
}

describe("web servers of a real stack with a heal rule", { timeout: 1_200_000 }, () => {
  let fixture: TestLab;
  let poller: Poller;
  let data = "";
  before(async () => {
    fixture = await startTestLab({ load: false });
    data = mkdtempSync(join(tmpdir(), "pitwall-heals-"));
    const config = join(data, "pitwall.yaml");
    writeFileSync(config, labConfig(fixture.lab, { heals: "act" }));
    poller = await startLabPoller(config, join(data, "data"));
    await untilService(poller.store, serviceId, "it is well", ({ status }) => status === "ok");
  });
  after(async () => {
    await poller?.stop();
    await fixture?.stop();
    if (data !== "") rmSync(data, { recursive: true, force: true });
  });
  const ledger = async () => (await healsView(poller.store, wholeSight, { limit: 50 }, Date.now())).heals;
  const untilHeal = (words: string, holds: (heal: HealDto) => boolean) =>
    until(words, withinMs, async () => (await ledger()).find(holds) ?? null);

  const learnOn = (host: "web-01" | "web-02") =>
    `${webHostPaths(fixture.lab.folder, host).appRoots.learn} (production)`;

  it("are left as they were by a rolling restart that is refused, and by a drained one that is", async () => {
    const { lab } = fixture;
    const others = (state: "maint" | "ready") =>
      Promise.all(["web-02", "web-03"].map((name) => askHaproxy(lab, `set server learn/${name} state ${state}`)));
    await others("maint");
    try {
      const before = await stackPicture(lab);
      for (const [action, params] of [
        ["rolling-restart", { app: learnOn("web-01"), hold: "5s" }],
        ["drained-restart", { node: "web-01", app: learnOn("web-01") }],
      ] as const) {
        const run = await carryOutRun(poller.store, { serviceId, action, params });
        assert.equal(run.state, "refused", `${action}: ${run.verdict}`);
        assert.match(run.verdict ?? "", /nothing was changed/, action);
        assert.deepEqual(await stackPicture(lab), before, action);
      }
    } finally {
      await others("ready");
    }
  });

  it("are left as they were by a drained restart that is cancelled while it waits for the last request", async () => {
    const { lab } = fixture;
    const before = await stackPicture(lab);
    const front = `http://${lab.addresses.lb}:${ports.front}/slow?seconds=50`;
    const slow = webHosts.map(() => fetch(front, { headers: { connection: "close" } }).then((answer) => answer.text()));
    const id = await askForPlan(poller.store, {
      serviceId,
      action: "drained-restart",
      params: { node: "web-02", app: learnOn("web-02") },
    });
    const planned = await untilPlanned(poller.store, id);
    assert.equal(planned.state, "planned", planned.verdict ?? "");
    await confirm(poller.store, planned, planned.plan?.hash ?? "");
    await untilRun(poller.store, id, (run) =>
      run.steps.some((step) => step.id.endsWith(":empty") && step.state === "running"),
    );
    assert.ok((await cancelRun(poller.store, person("ann"), { runId: id }, Date.now())).ok);
    const run = await untilRun(poller.store, id, ({ state }) => isEnded(state));
    assert.equal(run.state, "cancelled-clean", run.verdict ?? "");
    assert.deepEqual(await stackPicture(lab), before);
    await Promise.all(slow);
  });

  it("one that dies is started again without anybody, proven, and written down", async () => {
    const { lab } = fixture;
    await killWebHost(lab, "web-02");
    await untilService(
      poller.store,
      serviceId,
      "it heals itself",
      ({ activeRun }) => activeRun?.byRule === true,
      withinMs,
    );
    const healed = await untilHeal("it was healed", ({ outcome }) => outcome === "healed");
    assert.equal(healed.node, "web-02");
    assert.match(healed.words, /^Proven: Learn web of web-02.* green for 3 polls/);
    assert.notEqual(apachePid(lab.folder, "web-02"), null, "Apache itself runs again");
    await untilService(poller.store, serviceId, "it is well again", ({ status }) => status === "ok");
  });

  it("two of three dead are left alone, and the ledger says why", async () => {
    const { lab } = fixture;
    const runs = () => poller.store.read((reading) => listRuns(reading, { limit: 50 }));
    const before = (await runs()).length;
    await Promise.all([killWebHost(lab, "web-02"), killWebHost(lab, "web-03")]);
    const held = await untilHeal("it is held", ({ reasons }) => reasons.includes("min-healthy"));
    assert.match(held.words, /1 of 3 are well, 33 % \(at least 51 %\): web-02, web-03 in trouble/);
    assert.equal((await runs()).length, before, "nothing was started");
    assert.deepEqual([apachePid(lab.folder, "web-02"), apachePid(lab.folder, "web-03")], [null, null]);
    await Promise.all([startWebHost(lab, "web-02"), startWebHost(lab, "web-03")]);
    await untilHeal("it is over", ({ id, endedAt }) => id === held.id && endedAt !== null);
  });
});
