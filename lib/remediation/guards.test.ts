import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { until } from "#e2e/servers/until.ts";
import { type Actor, systemActor } from "#lib/access/actor.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { approveRun } from "#lib/commands/approve-run.ts";
import { confirmRun } from "#lib/commands/confirm-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { settleRun } from "#lib/commands/settle-run.ts";
import { switchAutomation } from "#lib/commands/switch-automation.ts";
import { undoRun } from "#lib/commands/undo-run.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { listAlarms } from "#lib/store/alarms.ts";
import { listAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { claimRun, LostHold, listLocks } from "#lib/store/locks.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { findRun, patchRun } from "#lib/store/runs.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded, type Run, type RunState } from "#lib/wire/run.ts";

const ann = person("ann");
const bob = person("bob");
let folder = "";
let poller: Poller;
let store: Store;
let keys = 0;

async function fill(near: string): Promise<void> {
  await writeFile(join(folder, "near"), near);
  await writeFile(join(folder, "diary"), "");
}

const near = () => readFile(join(folder, "near"), "utf8");

async function untilSeen(of: Store): Promise<void> {
  await until("both services were polled", async () =>
    (await boardView(of, wholeSight, Date.now())).services.every(
      (one) => one.checkedAt !== null && one.actions.length > 0,
    ),
  );
}

async function ask(action: string, more: Record<string, unknown> = {}, actor: Actor = ann) {
  keys += 1;
  const body = { serviceId: "near", action, mode: "plan", ...more };
  return await requestRun(store, actor, { body, idempotencyKey: `guard-${keys}` }, Date.now());
}

async function asked(action: string, more: Record<string, unknown> = {}, actor: Actor = ann): Promise<string> {
  const run = await ask(action, more, actor);
  return run.ok ? run.value.id : assert.fail(run.error.detail);
}

async function read(id: string): Promise<Run> {
  const run = await runView(store, wholeSight, id);
  return run.ok ? run.value : assert.fail(run.error.detail);
}

async function untilState(id: string, ...states: readonly RunState[]): Promise<Run> {
  return await until(`the run is ${states.join(" or ")}`, async () => {
    const run = await read(id);
    if (!states.includes(run.state) && isEnded(run.state)) assert.fail(`it ended as ${run.state}: ${run.verdict}`);
    return states.includes(run.state) ? run : undefined;
  });
}

async function planned(action: string, actor: Actor = ann): Promise<{ id: string; planHash: string }> {
  const id = await asked(action, {}, actor);
  const { plan } = await untilState(id, "planned");
  return { id, planHash: plan?.hash ?? "" };
}

const code = (result: { ok: true } | { ok: false; error: { code: string } }) => (result.ok ? "ok" : result.error.code);

describe("the guards of a run", () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pitwall-guards-"));
    await writeFile(join(folder, "far"), "good");
    await fill("bad");
    poller = await startFlagPoller(folder);
    store = poller.store;
    await untilSeen(store);
  });
  after(async () => {
    await poller.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => fill("bad"));

  it("double click = one run, two users same target = one run + 409, plan stale by one topology change = 409", async () => {
    const mine = await planned("swap-and-wait");
    const other = await planned("swap", bob);
    const again = { runId: mine.id, planHash: mine.planHash };
    const both = await Promise.all([
      confirmRun(store, ann, again, Date.now()),
      confirmRun(store, ann, again, Date.now()),
    ]);
    assert.deepEqual(both.map(code), ["ok", "ok"], "a double click is one word");
    await until("its second step began", async () =>
      (await readFile(join(folder, "diary"), "utf8")).includes("begin wait"),
    );
    const late = await confirmRun(store, bob, { runId: other.id, planHash: other.planHash }, Date.now());
    assert.equal(code(late), "conflict");
    assert.match(late.ok ? "" : late.error.detail, /“Swap and wait” of The near is under way, by ann/);
    const same = await ask("swap-and-wait", { mode: "run" }, bob);
    assert.equal(code(same), "conflict");
    const stale = await confirmRun(store, bob, { runId: other.id, planHash: "another" }, Date.now());
    assert.equal(code(stale), "plan-stale");
    await store.write((writing) => patchRun(writing, mine.id, { cancelRequested: true }));
    await store.write((writing) => patchRun(writing, other.id, { cancelRequested: true }));
    await untilState(mine.id, "cancelled-partial");
    await untilState(other.id, "cancelled-clean");
    const begun = (await readFile(join(folder, "diary"), "utf8")).split("\n").filter((line) => line === "begin swap");
    assert.equal(begun.length, 1);
    await settleRun(store, ann, { runId: mine.id, words: "looked" }, Date.now());
  });

  it("approver = requester refused, expired approval refused, and what can hurt needs name, reason and a second person", async () => {
    assert.equal(code(await ask("grave", { mode: "run" })), "confirmation-needed");
    const { id, planHash } = await planned("grave");
    const confirm = (more: object) => confirmRun(store, ann, { runId: id, planHash, ...more }, Date.now());
    assert.equal(code(await confirm({})), "confirmation-needed");
    assert.equal(code(await confirm({ typed: "The far", reason: "pager" })), "confirmation-needed");
    assert.equal(code(await confirm({ typed: "The near" })), "confirmation-needed");
    assert.equal(code(await confirm({ typed: "The near", reason: "pager" })), "ok");
    await untilState(id, "approving");
    assert.equal(await near(), "bad");

    const word = { runId: id, planHash, word: "approved" as const };
    const own = await approveRun(store, ann, word, Date.now());
    assert.equal(code(own), "forbidden", "approver = requester refused");
    assert.equal(code(await approveRun(store, { ...person("ann"), from: "10.0.0.9" }, word, Date.now())), "forbidden");
    assert.equal(code(await approveRun(store, bob, { ...word, planHash: "another" }, Date.now())), "plan-stale");
    assert.equal(code(await approveRun(store, bob, word, Date.now() + 16 * 60_000)), "plan-expired");
    const elsewhere = await openStore({ file: store.file });
    const race = (who: Actor, by: Store) => approveRun(by, who, word, Date.now());
    const askers = [ann, { ...ann, from: "10.0.0.9" }, ann].map((who, at) => race(who, at === 1 ? store : elsewhere));
    const approvers = [race(bob, store), race(person("cat"), elsewhere), race(person("dan"), store)];
    const [others, words] = await Promise.all([Promise.all(askers), Promise.all(approvers)]);
    assert.deepEqual(words.map(code).sort(), ["conflict", "conflict", "ok"], "one of three wins the last approval");
    assert.ok(
      others.map(code).every((one) => one === "forbidden" || one === "conflict"),
      "whoever asked never does",
    );
    await elsewhere.close();
    assert.equal(code(await approveRun(store, bob, word, Date.now())), "conflict", "replayed approval refused");
    const run = await untilState(id, "succeeded");
    assert.equal(await near(), "good");
    assert.equal(run.approvals?.length, 2);
    const begun = (await readFile(join(folder, "diary"), "utf8"))
      .split("\n")
      .filter((line) => line.startsWith("begin"));
    assert.equal(begun.length, 1, "it ran once");
    const audit = await store.read((reading) => listAudit(reading, 50));
    const told = audit.filter((entry) => entry.runId === id).map((entry) => entry.command);
    assert.deepEqual(told.toReversed(), ["request-run", "confirm-run", "approve-run", "start-run", "end-run"]);
  });

  it("a denied plan never begins", async () => {
    const { id, planHash } = await planned("grave");
    await confirmRun(store, ann, { runId: id, planHash, typed: "The near", reason: "pager" }, Date.now());
    const word = { runId: id, planHash, word: "denied" as const, reason: "not on a Friday" };
    assert.equal(code(await approveRun(store, bob, word, Date.now())), "ok");
    const run = await untilState(id, "refused");
    assert.match(run.verdict ?? "", /Denied by bob: not on a Friday\. Nothing was changed/);
    assert.equal(await near(), "bad");
  });

  it("a dry run checks as a real one and changes nothing", async () => {
    const run = await untilState(await asked("swap", { mode: "dry" }), "rehearsed");
    assert.match(run.verdict ?? "", /nothing was changed\. The next step would be: Write good/);
    assert.equal(await near(), "bad");
    assert.deepEqual(await store.read(listLocks), []);
    await fill("locked");
    const refused = await untilState(await asked("swap", { mode: "dry" }), "refused");
    assert.match(refused.verdict ?? "", /the file says locked/);
  });

  it("one click undoes what one click did, once, and not over what somebody changed since", async () => {
    const id = await asked("swap", { mode: "run" });
    await untilState(id, "succeeded");
    const [one, two] = await Promise.all([1, 2].map(() => undoRun(store, ann, { runId: id }, Date.now())));
    assert.ok(one?.ok && two?.ok && one.value.id === two.value.id);
    await untilState(one.value.id, "succeeded");
    assert.equal(await near(), "bad");
    assert.equal(code(await undoRun(store, bob, { runId: id }, Date.now())), "conflict");
    const late = await asked("swap", { mode: "run" });
    await untilState(late, "succeeded");
    await store.write((writing) => patchRun(writing, late, { finishedAt: Date.now() - 16 * 60_000 }));
    assert.equal(code(await undoRun(store, ann, { runId: late }, Date.now())), "conflict", "for a quarter of an hour");
  });

  it("a deploy that goes on asks whoever disturbs for the reason, and one that began after the confirmation refuses", async () => {
    const at = Date.now();
    const marker = (text: string, state: "begun" | "ended", ago: number) =>
      store.write((writing) =>
        insertEvents(writing, [
          {
            at: at - ago,
            kind: "deploy",
            text: `${text} ${state === "begun" ? "began" : "ended"}`,
            state,
            serviceId: "near",
            actor: "ci",
          },
        ]),
      );
    const before = await planned("disturb");
    await marker("shop 4.2.0", "begun", 720_000);
    assert.equal(code(await confirmRun(store, ann, { runId: before.id, planHash: before.planHash }, Date.now())), "ok");
    const late = await untilState(before.id, "refused");
    assert.match(
      late.verdict ?? "",
      /shop 4\.2\.0 began, by ci, 12 min ago.*not known when this was confirmed: plan again/,
    );
    const { id, planHash } = await planned("disturb");
    const unsaid = await confirmRun(store, ann, { runId: id, planHash }, Date.now());
    assert.match(
      unsaid.ok ? "" : unsaid.error.detail,
      /12 min ago, and nothing told that it ended\. Say why you go on/,
    );
    assert.equal(code(await confirmRun(store, ann, { runId: id, planHash, reason: "it hangs" }, Date.now())), "ok");
    await untilState(id, "succeeded");
    const rule = await untilState(await asked("swap", { mode: "run" }, systemActor("healer")), "refused");
    assert.match(rule.verdict ?? "", /No deploy is going on: shop 4\.2\.0 began/);
    await marker("shop 4.2.0", "ended", 0);
    await fill("bad");
    const after = await planned("disturb");
    assert.equal(code(await confirmRun(store, ann, { runId: after.id, planHash: after.planHash }, Date.now())), "ok");
    await untilState(after.id, "succeeded");
  });

  it("a rule is held by the switch, by the budget and by the waiting time; a person by the last alone", async () => {
    const off = { on: false, reason: "deploying", serviceId: "near" } as const;
    assert.equal(code(await switchAutomation(store, ann, off, Date.now())), "ok");
    const held = await untilState(await asked("swap", { mode: "run" }, systemActor("healer")), "refused");
    assert.match(held.verdict ?? "", /Automation is on: ann switched it off: deploying/);
    await untilState(await asked("swap", { mode: "run" }, bob), "succeeded");
    assert.equal(code(await switchAutomation(store, bob, { on: true, serviceId: "near" }, Date.now())), "ok");
    await fill("bad");
    const first = await asked("rare", { mode: "run" });
    await untilState(first, "succeeded");
    const soon = await untilState(await asked("rare", { mode: "run" }), "refused");
    assert.match(soon.verdict ?? "", /not done a moment ago: “Rare” by ann was .* ago .*wait .*, or settle that run/);
    await settleRun(store, bob, { runId: first, words: "the cause is known" }, Date.now());
    const rule = await untilState(await asked("rare", { mode: "run" }, systemActor("healer")), "refused");
    assert.match(rule.verdict ?? "", /1 times within 1 h \(limit 1\)/);
    await fill("bad");
    await untilState(await asked("rare", { mode: "run" }), "succeeded");
  });

  it("an engine that lost its hold can neither act nor write", async () => {
    const id = await asked("swap-and-wait", { mode: "run" });
    const { epoch } = await until("its step waits", async () => {
      const run = await store.read((reading) => findRun(reading, id));
      return run !== null && run.steps[1]?.state === "running" ? run : undefined;
    });
    const taken = await store.write((writing) => claimRun(writing, { runId: id, epoch, state: "running" }));
    assert.ok(taken !== null && epoch !== null && taken > epoch, "the epoch rises");
    assert.equal(await store.write((w) => claimRun(w, { runId: id, epoch, state: "running" })), null);
    // The step is told to stop, what it would have undone stays for whoever holds the run now, and nothing is written of it.
    await until("the old engine let go", async () => {
      const run = await store.read((reading) => findRun(reading, id));
      return run?.epoch === taken && (await near()) === "half";
    });
    const before = (await read(id)).journal.length;
    await wait(500);
    assert.equal((await read(id)).journal.length, before);
    assert.equal((await read(id)).state, "running");
    const { assertLocked } = await import("#lib/store/locks.ts");
    const resources = [join(folder, "near")];
    await assert.rejects(
      store.read((reading) => assertLocked(reading, { runId: id, epoch }, resources)),
      LostHold,
    );
    await store.read((reading) => assertLocked(reading, { runId: id, epoch: taken }, resources));
    await poller.stop();
    poller = await startFlagPoller(folder);
    store = poller.store;
    const run = await untilState(id, "unknown");
    assert.match(run.verdict ?? "", /The poller stopped while this step ran: Wait.*Undone: Write half/);
    assert.equal(await near(), "bad");
    assert.deepEqual(await store.read(listLocks), []);
  });
});

describe("a poller that is killed", () => {
  it("leaves a run that its successor asks the world about: proven effects are undone, doubts are open alarms", async (t) => {
    const place = await mkdtemp(join(tmpdir(), "pitwall-killed-"));
    for (const [name, says] of [
      ["near", "bad"],
      ["far", "good"],
      ["diary", ""],
    ] as const) {
      await writeFile(join(place, name), says);
    }
    const stops: (() => Promise<unknown>)[] = [];
    t.after(async () => {
      for (const stop of stops) await stop();
      await rm(place, { recursive: true, force: true });
    });
    const program = fork(join(import.meta.dirname, "../../e2e/drill/flag-poller.ts"), [place], { stdio: "ignore" });
    stops.push(async () => program.kill("SIGKILL"));
    program.on("error", () => undefined);
    await once(program, "message");
    store = await openStore({ file: join(place, "data", "pitwall.db") });
    stops.push(store.close);
    await untilSeen(store);
    const id = await asked("swap-and-wait", { mode: "run" });
    await until("the second step began", async () =>
      (await readFile(join(place, "diary"), "utf8")).includes("begin wait"),
    );
    const exited = once(program, "exit");
    program.kill("SIGKILL");
    await exited;
    // Somebody else put the file right meanwhile: what the run did stands no more, so there is nothing to undo.
    await writeFile(join(place, "near"), "good");
    const successor = await startFlagPoller(place);
    stops.unshift(successor.stop);
    const run = await untilState(id, "unknown");
    assert.equal(await readFile(join(place, "near"), "utf8"), "good");
    assert.ok(run.journal.some((line) => line.text === "nothing to undo: Write half — the file says good"));
    assert.deepEqual(run.left, ["in doubt: Wait"]);
    const [alarm] = await store.read(listAlarms);
    assert.match(alarm?.message ?? "", /“Swap and wait” ended half-way: in doubt: Wait/);
    await until("the alarm is a finding", async () => {
      const service = (await boardView(store, wholeSight, Date.now())).services.find((one) => one.id === "near");
      return service?.findings.some((finding) => finding.subject === `run:${id}`);
    });
    const settled = await settleRun(store, bob, { runId: id, words: "looked: nothing runs there" }, Date.now());
    assert.equal(code(settled), "ok");
    assert.deepEqual(await store.read(listAlarms), []);
    assert.equal(code(await settleRun(store, bob, { runId: id, words: "again" }, Date.now())), "conflict");
  });
});
