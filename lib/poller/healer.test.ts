import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { until as untilTrue } from "#e2e/servers/until.ts";
import { ruleActor } from "#lib/access/actor.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { acknowledgeHeal } from "#lib/commands/acknowledge-heal.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { switchAutomation } from "#lib/commands/switch-automation.ts";
import { observedPolls } from "#lib/core/distrust.ts";
import type { HealRule } from "#lib/core/heal.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { listAudit } from "#lib/store/audit.ts";
import { listEvents } from "#lib/store/events.ts";
import { listPolls } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listRuns } from "#lib/store/runs.ts";
import { boardView } from "#lib/views/board-view.ts";
import { healsView } from "#lib/views/heals-view.ts";
import type { HealDto, HealRuleDto } from "#lib/wire/heal.ts";

const ann = person("ann");
const rule: HealRule = {
  when: "not-good",
  severity: "warning",
  nodes: null,
  action: "heal",
  params: {},
  afterMs: 0,
  budget: { hour: 2, day: 5 },
  minHealthy: null,
  warmUpMs: 200,
  evenIfCaused: false,
  mode: "act",
};

const nearWith = (heal: readonly HealRule[]) => ({ heal, intervalMs: 250, retryMs: 250 });

let folder = "";
let poller: Poller;

const heals = (of: Store = poller.store) => healsView(of, wholeSight, { limit: 50 }, Date.now());
const say = (text: string) => writeFile(join(folder, "near"), text);
const near = async () => (await readFile(join(folder, "near"), "utf8")).trim();

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  return await untilTrue(what, look).catch(async (error: Error) => {
    const { rules, heals: ledger } = await heals();
    throw new Error(`${error.message}: ${JSON.stringify({ rules, ledger }, null, 1)}`, { cause: error });
  });
}

const untilHeal = (what: string, holds: (heal: HealDto) => boolean) =>
  until(what, async () => (await heals()).heals.find(holds));
const untilRule = (what: string, holds: (standing: HealRuleDto) => boolean) =>
  until(what, async () => (await heals()).rules.find(holds));

async function begin(rules: readonly HealRule[], text: string): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "pitwall-healer-"));
  await writeFile(join(folder, "far"), "good");
  await writeFile(join(folder, "diary"), "");
  await say(text);
  poller = await startFlagPoller(folder, nearWith(rules));
}

async function end(): Promise<void> {
  await poller.stop();
  await rm(folder, { recursive: true, force: true });
}

describe("a heal rule on a real poller", () => {
  before(() => begin([rule], "bad"));
  after(end);

  it("only observes after Pitwall's own start, then heals by the request and the engine of people, and proves it", async () => {
    const healed = await untilHeal("it was healed", ({ outcome }) => outcome === "healed");
    assert.equal(await near(), "good");
    const before = { from: 0, to: healed.at, limit: 100 };
    const polls = await poller.store.read((reading) => listPolls(reading, "near", before));
    assert.ok(polls.length > observedPolls, `started after ${polls.length} polls`);
    const [run] = await poller.store.read((reading) => listRuns(reading, { limit: 5 }));
    assert.equal(run?.id, healed.runId);
    assert.deepEqual([run?.actor.kind, run?.state], ["rule", "succeeded"]);
    assert.equal(run?.idempotencyKey, healed.id);
    assert.ok(run?.checks.some(({ id, verdict }) => id === "autoheal" && verdict === "pass"));
    const audit = await poller.store.read((reading) => listAudit(reading, 50));
    const mine = audit.filter(({ actor }) => actor.name === "heal rule not-good of near").map(({ command }) => command);
    assert.deepEqual(mine.toSorted(), ["end-run", "request-run", "start-run"]);
    const told = await untilRule("it is ready again", ({ standing }) => standing.kind === "ready");
    assert.deepEqual(told.used, { hour: 1, day: 1 });
  });

  it("starts nothing while automation is off, and says so once", async () => {
    const off = { on: false, serviceId: "near", reason: "a deploy" } as const;
    assert.ok((await switchAutomation(poller.store, ann, off, Date.now())).ok);
    await say("bad");
    const held = await untilHeal("it is held", ({ reasons }) => reasons.includes("automation-off"));
    assert.match(held.words, /^Would start heal on n1 by itself, held: automation is off, by ann.*: a deploy$/);
    const polls = (await boardView(poller.store, wholeSight, Date.now())).services[0]?.checkedAt ?? 0;
    await until("it was polled twice more", async () => {
      const now = (await boardView(poller.store, wholeSight, Date.now())).services[0]?.checkedAt ?? 0;
      return now > polls + 400;
    });
    const rows = (await heals()).heals.filter(({ reasons }) => reasons.includes("automation-off"));
    assert.equal(rows.length, 1, "one row, however many polls");
    assert.equal(await near(), "bad");
    const events = await poller.store.read((reading) => listEvents(reading, { from: 0, to: Date.now(), limit: 500 }));
    assert.equal(events.filter(({ kind, text }) => kind === "heal" && text.includes("automation is off")).length, 1);
    assert.ok((await switchAutomation(poller.store, ann, { on: true, serviceId: "near" }, Date.now())).ok);
    await until(
      "it was healed again",
      async () => (await heals()).heals.filter(({ outcome }) => outcome === "healed").length === 2,
    );
    const over = (await heals()).heals.find(({ id }) => id === held.id);
    assert.ok(over !== undefined && over.endedAt !== null, "and it is over");
  });

  it("stops when its budget is spent, raises the alarm, and goes on when a person has acknowledged", async () => {
    await say("bad");
    const told = await untilRule("it stopped", ({ stopped }) => stopped !== null);
    assert.match(told.stopped?.words ?? "", /^healed 2 times within an hour \(budget 2\), and it came back$/);
    const service = await until("the alarm is a finding", async () => {
      const found = (await boardView(poller.store, wholeSight, Date.now())).services.find(({ id }) => id === "near");
      return (
        found?.findings.some(({ rule: id, severity }) => id === "heal-stopped" && severity === "critical") && found
      );
    });
    assert.equal(service.status, "critical");
    assert.equal(await near(), "bad");

    await say("good");
    await until("well again it only asks to be acknowledged", async () => {
      const found = (await boardView(poller.store, wholeSight, Date.now())).services.find(({ id }) => id === "near");
      return found?.findings.some(({ rule: id, severity }) => id === "heal-stopped" && severity === "warning");
    });
    await say("bad");
    const acknowledge = () =>
      acknowledgeHeal(
        poller.store,
        ann,
        { serviceId: "near", rule: "not-good", words: "the disk was full" },
        Date.now(),
      );
    assert.ok((await acknowledge()).ok);
    await until(
      "it was healed a third time",
      async () => (await heals()).heals.filter(({ outcome }) => outcome === "healed").length === 3,
    );
    assert.equal(await near(), "good");
    const again = await acknowledge();
    assert.ok(!again.ok && again.error.code === "conflict", "there is nothing more to acknowledge");
    const audit = await poller.store.read((reading) => listAudit(reading, 100));
    const acknowledged = audit.filter(({ command }) => command === "acknowledge-heal");
    assert.deepEqual(
      acknowledged.map(({ actor }) => actor.name),
      ["ann", "ann"],
      "and the one that was refused",
    );
    assert.ok(audit.some(({ command }) => command === "stop-heals"));
  });

  it("may do nothing that its kind does not allow, whatever asks in its name", async () => {
    const actor = ruleActor({ id: "near", group: null }, "not-good");
    const ask = (action: string) =>
      requestRun(
        poller.store,
        actor,
        { body: { serviceId: "near", action, mode: "run" }, idempotencyKey: action },
        Date.now(),
      );
    const grave = await ask("grave");
    assert.ok(!grave.ok && grave.error.code === "forbidden", "what can hurt takes a person");
    const other = await requestRun(
      poller.store,
      actor,
      { body: { serviceId: "far", action: "heal", mode: "run" }, idempotencyKey: "far" },
      Date.now(),
    );
    assert.ok(!other.ok, "another service is not its own");
    const swap = await ask("swap");
    const id = swap.ok ? swap.value.id : assert.fail(swap.error.detail);
    const run = await until("the engine refused it", async () => {
      const runs = await poller.store.read((reading) => listRuns(reading, { limit: 10 }));
      return runs.find((one) => one.id === id && one.finishedAt !== null);
    });
    assert.equal(run.state, "refused");
    assert.match(run.verdict ?? "", /A heal rule may start it/);
  });
});

describe("a heal that does not help", () => {
  before(() => begin([{ ...rule, action: "heal-badly" }], "bad"));
  after(end);

  it("is tried once, and then a person looks first", async () => {
    const told = await untilRule("it stopped", ({ stopped }) => stopped !== null);
    assert.match(
      told.stopped?.words ?? "",
      /^the last heal did not come through \(All steps were done, but it is not proven/,
    );
    const { heals: ledger } = await heals();
    assert.deepEqual(
      ledger.filter(({ outcome }) => outcome !== "refused").map(({ outcome }) => outcome),
      ["did-not-help"],
    );
    assert.equal(told.stopped?.runId, ledger.find(({ outcome }) => outcome === "did-not-help")?.runId);
  });
});

describe("a heal rule that observes", () => {
  before(() => begin([{ ...rule, mode: "observe" }], "bad"));
  after(end);

  it("says once what it would have done, and does nothing", async () => {
    const told = await untilHeal("it was observed", ({ outcome }) => outcome === "observed");
    assert.match(told.words, /^Would start heal on n1 by itself, and only observes: n1: says bad$/);
    await say("good");
    await until("it is over", async () =>
      (await heals()).heals.find(({ id, endedAt }) => id === told.id && endedAt !== null),
    );
    assert.equal((await heals()).heals.filter(({ outcome }) => outcome === "observed").length, 1);
    assert.deepEqual(await poller.store.read((reading) => listRuns(reading, { limit: 5 })), []);
  });
});

describe("a poller that is killed in the middle of a heal", () => {
  after(end);

  it("leaves a ledger that the next one puts right, and nothing runs twice", async (t) => {
    folder = await mkdtemp(join(tmpdir(), "pitwall-healer-"));
    await writeFile(join(folder, "far"), "good");
    await writeFile(join(folder, "diary"), "");
    await say("bad");
    const slow = { ...rule, action: "swap-and-wait" };
    const program = join(import.meta.dirname, "../../e2e/drill/flag-poller.ts");
    const first = fork(program, [folder, JSON.stringify(nearWith([slow]))], { execArgv: [] });
    t.after(() => first.kill("SIGKILL"));
    await once(first, "message");
    const diary = () => readFile(join(folder, "diary"), "utf8");
    const endAt = performance.now() + 60_000;
    while (!(await diary()).includes("begin wait")) {
      if (performance.now() > endAt) assert.fail("the heal never came to its second step");
      await wait(20);
    }
    first.kill("SIGKILL");
    await once(first, "exit");

    poller = await startFlagPoller(folder, nearWith([slow]));
    const told = await untilRule("the rule stopped", ({ stopped }) => stopped !== null);
    assert.match(told.stopped?.words ?? "", /the last heal did not come through/);
    const { heals: ledger } = await heals();
    const started = ledger.filter(({ outcome }) => outcome !== "refused");
    assert.deepEqual(
      started.map(({ outcome }) => outcome),
      ["failed"],
    );
    const runs = await poller.store.read((reading) => listRuns(reading, { limit: 5 }));
    assert.deepEqual(
      runs.map(({ id }) => id),
      [started[0]?.runId],
    );
    const begun = (await diary()).split("\n").filter((line) => line === "begin swap");
    assert.equal(begun.length, 1);
  });
});
