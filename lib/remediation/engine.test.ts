import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { cancelRun } from "#lib/commands/cancel-run.ts";
import { confirmRun } from "#lib/commands/confirm-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { listAudit } from "#lib/store/audit.ts";
import { listEvents } from "#lib/store/events.ts";
import { listLocks } from "#lib/store/locks.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { patchRun } from "#lib/store/runs.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded, type Run, type RunState } from "#lib/wire/run.ts";

const actor = person("ann");

const stops = new WeakMap<TestContext, (() => Promise<unknown>)[]>();

function stopAfter(t: TestContext, stop: () => Promise<unknown>): void {
  stops.set(t, [...(stops.get(t) ?? []), stop]);
}

async function freshFolder(t: TestContext, near = "bad", far = "bad"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-engine-"));
  // Hooks run in the order they were made; what still writes into the folder must have stopped before it goes.
  t.after(async () => {
    for (const stop of stops.get(t) ?? []) await stop();
    await rm(folder, { recursive: true, force: true });
  });
  await writeFile(join(folder, "near"), near);
  await writeFile(join(folder, "far"), far);
  await writeFile(join(folder, "diary"), "");
  return folder;
}

async function drill(t: TestContext, near = "bad", far = "bad") {
  const folder = await freshFolder(t, near, far);
  const poller = await startFlagPoller(folder);
  stopAfter(t, poller.stop);
  await untilSeen(poller.store);
  return { folder, ...poller };
}

async function untilSeen(store: Store): Promise<void> {
  await until("both services were polled", async () =>
    (await boardView(store, wholeSight, Date.now())).services.every(
      (one) => one.checkedAt !== null && one.actions.length > 0,
    ),
  );
}

let keys = 0;

async function ask(store: Store, action: string, more: Record<string, unknown> = {}): Promise<string> {
  keys += 1;
  const body = { serviceId: "near", action, mode: "run", ...more };
  const asked = await requestRun(store, actor, { body, idempotencyKey: `key-${keys}` }, Date.now());
  if (!asked.ok) assert.fail(asked.error.detail);
  return asked.value.id;
}

async function read(store: Store, id: string): Promise<Run> {
  const run = await runView(store, wholeSight, id);
  if (!run.ok) assert.fail(run.error.detail);
  return run.value;
}

async function untilState(store: Store, id: string, state: RunState): Promise<Run> {
  return await until(`the run is ${state}`, async () => {
    const run = await read(store, id);
    if (run.state !== state && isEnded(run.state)) assert.fail(`it ended as ${run.state}: ${run.verdict}`);
    return run.state === state ? run : undefined;
  });
}

async function diary(folder: string): Promise<string[]> {
  return (await readFile(join(folder, "diary"), "utf8")).split("\n").filter((line) => line !== "");
}

describe("a run", () => {
  it("checks, acts, and is proven by the symptom, with a journal of it all", async (t) => {
    const { store, folder } = await drill(t, "bad", "good");
    const id = await ask(store, "heal", { reason: "pager" });
    const run = await untilState(store, id, "succeeded");
    assert.match(run.verdict ?? "", /The near of n1 green for 3 polls/);
    assert.equal(await readFile(join(folder, "near"), "utf8"), "good");
    assert.deepEqual(
      run.checks.map((check) => [check.id, check.verdict]),
      [
        ["lock", "pass"],
        ["readable", "pass"],
      ],
    );
    assert.equal(run.steps[0]?.state, "done");
    const texts = run.journal.map((line) => `${line.kind} ${line.text}`);
    const at = (start: string) => texts.findIndex((text) => text.startsWith(start));
    assert.ok(at("state checking") >= 0 && at("state checking") < at("state running"));
    assert.ok(at("step about to: Write good") < at("output wrote good"));
    assert.ok(at("output wrote good") < at("step done: Write good"));
    assert.ok(at("verify ") > at("step done"));
    assert.deepEqual(await store.read(listLocks), []);
    const events = await store.read((r) => listEvents(r, { from: 0, to: Date.now(), limit: 50 }));
    assert.equal(events.filter((event) => event.runId === id).length, 2);
    const audit = await store.read((r) => listAudit(r, 10));
    assert.deepEqual(
      audit.filter((entry) => entry.runId === id).map((entry) => [entry.command, entry.actor.name]),
      [
        ["end-run", "ann"],
        ["start-run", "ann"],
        ["request-run", "ann"],
      ],
    );
  });

  it("that did all it should is still not a success while the symptom lasts elsewhere on the node", async (t) => {
    const { store, folder } = await drill(t, "bad", "bad");
    const id = await ask(store, "heal");
    const seen = await until("the symptom on the other service is looked at", async () => {
      const run = await read(store, id);
      return run.state === "verifying" && run.verification?.evidence.includes("The far") ? run : undefined;
    });
    assert.match(seen.verification?.title ?? "", /The near of n1 and The far of n1 green/);
    await writeFile(join(folder, "far"), "good");
    const run = await untilState(store, id, "succeeded");
    assert.match(run.verdict ?? "", /The near of n1 and The far of n1 green for 3 polls/);
  });

  it("whose effect cannot be proven says that it did not help", async (t) => {
    const { store } = await drill(t);
    const id = await ask(store, "heal-badly");
    const run = await untilState(store, id, "succeeded-not-fixed");
    assert.match(run.verdict ?? "", /not proven within .*: the file says better; last seen: it says bad/);
  });

  it("is refused with every reason when a check forbids it, and nothing is touched", async (t) => {
    const { store, folder } = await drill(t, "locked");
    const run = await untilState(store, await ask(store, "heal"), "refused");
    assert.match(run.verdict ?? "", /Refused, nothing was changed\. The file can be read: the file says locked/);
    assert.deepEqual(await diary(folder), []);
    assert.deepEqual(await store.read(listLocks), []);
  });

  it("that fails undoes what it did, and says that nothing stays changed", async (t) => {
    const { store, folder } = await drill(t);
    const run = await untilState(store, await ask(store, "undone"), "failed-clean");
    assert.match(run.verdict ?? "", /Failed at: Break: nothing listens there\. Undone: Write half/);
    assert.equal(await readFile(join(folder, "near"), "utf8"), "bad");
    assert.deepEqual(
      run.steps.map((step) => step.state),
      ["undone", "failed"],
    );
  });

  it("that fails and cannot undo says what stays in effect", async (t) => {
    const { store } = await drill(t);
    const run = await untilState(store, await ask(store, "left"), "failed-partial");
    assert.match(run.verdict ?? "", /Still in effect: Write half/);
  });

  it("undoes nothing from before the point of no return, and what it leaves is a finding until it is cleared", async (t) => {
    const { store, folder } = await drill(t);
    const run = await untilState(store, await ask(store, "far-gone"), "failed-partial");
    assert.deepEqual(
      run.steps.map((step) => step.state),
      ["done", "done", "undone", "failed"],
    );
    assert.equal(await readFile(join(folder, "near"), "utf8"), "most");
    const leave = await untilState(store, await ask(store, "leave"), "succeeded-not-fixed");
    assert.ok(leave.journal.some((line) => line.text.includes("alarm: n1 was left half done")));
    await until("the alarm is a finding", async () => {
      const near = (await boardView(store, wholeSight, Date.now())).services.find((one) => one.id === "near");
      return near?.findings.some((finding) => finding.message === "was left half done" && finding.node === "n1");
    });
  });

  it("whose step ignores its deadline ends as unknown: it may still run", async (t) => {
    const { store } = await drill(t);
    const run = await untilState(store, await ask(store, "stuck"), "unknown");
    assert.match(run.verdict ?? "", /it may still run\. May still run: Wait/);
  });

  it("that is cancelled within a step stops there, undoes, and is honest about the step it cut", async (t) => {
    const { store, folder } = await drill(t);
    const id = await ask(store, "slow");
    await until("the second step began", async () => (await diary(folder)).includes("begin wait"));
    const cancelled = await cancelRun(store, actor, { runId: id }, Date.now());
    assert.ok(cancelled.ok);
    const run = await untilState(store, id, "cancelled-partial");
    assert.match(
      run.verdict ?? "",
      /^Cancelled as asked, during: Wait\. Undone: Write half; may have taken effect: Wait/,
    );
    assert.equal(await readFile(join(folder, "near"), "utf8"), "bad");
    const again = await cancelRun(store, actor, { runId: id }, Date.now());
    assert.ok(again.ok);
  });

  it("keeps head and tail of what it prints, and no secret and no terminal sequence of it", async (t) => {
    const { store } = await drill(t, "good", "good");
    const run = await untilState(store, await ask(store, "loud"), "succeeded");
    const output = run.journal.filter((line) => line.kind === "output").map((line) => line.text);
    assert.equal(output[0], "red [secret]");
    assert.equal(output.at(-1), "line 4999");
    assert.equal(output.length, 2_000);
    assert.ok(run.journal.some((line) => line.text === "3001 lines of output left out here"));
    assert.ok(!JSON.stringify(run).includes("open-sesame"));
    assert.equal(run.steps[0]?.evidence, "said [secret]");
  });
});

describe("two runs", () => {
  it("cannot change the same thing at once: the second names the first", async (t) => {
    const { store, folder } = await drill(t);
    const first = await ask(store, "slow");
    await until("the first holds its lock", async () => (await diary(folder)).includes("begin wait"));
    const second = await untilState(store, await ask(store, "heal"), "refused");
    assert.match(second.verdict ?? "", new RegExp(`is being changed by “Slow”, started by ann \\(run ${first}\\)`));
    await cancelRun(store, actor, { runId: first }, Date.now());
    await untilState(store, first, "cancelled-partial");
    await untilState(store, await ask(store, "heal", { serviceId: "near" }), "verifying");
  });
});

describe("a plan", () => {
  it("waits for its confirmation, and runs once when it is confirmed twice", async (t) => {
    const { store, folder } = await drill(t, "bad", "good");
    const id = await ask(store, "heal", { mode: "plan" });
    const planned = await untilState(store, id, "planned");
    assert.deepEqual(await diary(folder), []);
    const stale = await confirmRun(store, actor, { runId: id, planHash: "another" }, Date.now());
    assert.ok(!stale.ok && stale.error.code === "plan-stale");
    const planHash = planned.plan?.hash ?? "";
    const late = await confirmRun(store, actor, { runId: id, planHash }, Date.now() + 3 * 60_000);
    assert.ok(!late.ok && late.error.code === "plan-expired");
    for (const _ of [1, 2]) assert.ok((await confirmRun(store, actor, { runId: id, planHash }, Date.now())).ok);
    await untilState(store, id, "succeeded");
    assert.deepEqual(await diary(folder), ["begin heal", "end heal"]);
  });

  it("that was confirmed is checked again when what was seen is old", async (t) => {
    const { store, folder } = await drill(t);
    const id = await ask(store, "heal", { mode: "plan" });
    const planned = await untilState(store, id, "planned");
    const aged = planned.checks.map((check) => ({ ...check, at: check.at - 60_000 }));
    await store.write((w) => patchRun(w, id, { checks: aged }));
    await writeFile(join(folder, "near"), "locked");
    await confirmRun(store, actor, { runId: id, planHash: planned.plan?.hash ?? "" }, Date.now());
    const run = await untilState(store, id, "refused");
    assert.match(run.verdict ?? "", /the file says locked/);
    assert.deepEqual(await diary(folder), []);
  });

  it("expires when nobody confirms it", async (t) => {
    const { store } = await drill(t);
    const id = await ask(store, "heal", { mode: "plan" });
    const { plan } = await untilState(store, id, "planned");
    if (plan === null) assert.fail("no plan");
    await store.write((w) => patchRun(w, id, { plan: { ...plan, expiresAt: Date.now() - 1 } }));
    await untilState(store, id, "expired");
  });

  it("can be called off before it begins", async (t) => {
    const { store } = await drill(t);
    const id = await ask(store, "heal", { mode: "plan" });
    await untilState(store, id, "planned");
    await cancelRun(store, actor, { runId: id }, Date.now());
    const run = await untilState(store, id, "cancelled-clean");
    assert.match(run.verdict ?? "", /Nothing was changed/);
  });
});

describe("a request", () => {
  it("with the same key is the same run, and with another body a mistake", async (t) => {
    const { store } = await drill(t);
    const send = (action: string) =>
      requestRun(store, actor, { body: { serviceId: "near", action }, idempotencyKey: "same" }, Date.now());
    const [one, two] = await Promise.all([send("heal"), send("heal")]);
    assert.ok(one.ok && two.ok && one.value.id === two.value.id);
    const other = await send("slow");
    assert.ok(!other.ok && other.error.code === "idempotency-key-reused");
  });

  it("is refused at the door when it cannot be carried out", async (t) => {
    const { store } = await drill(t);
    const send = async (body: unknown, key: string | null = "k", now = Date.now()) => {
      const answer = await requestRun(store, actor, { body, idempotencyKey: key }, now);
      return answer.ok ? "ok" : answer.error.code;
    };
    assert.equal(await send({ serviceId: "near", action: "heal" }, null), "idempotency-key-missing");
    assert.equal(await send({ serviceId: "near" }), "invalid-request");
    assert.equal(await send({ serviceId: "nobody", action: "heal" }), "not-found");
    assert.equal(await send({ serviceId: "near", action: "rm -rf" }), "not-found");
    assert.equal(await send({ serviceId: "near", action: "blocked" }), "blocked");
    assert.equal(await send({ serviceId: "near", action: "choose" }), "invalid-request");
    assert.equal(await send({ serviceId: "near", action: "choose", params: { which: "; rm" } }), "invalid-request");
    assert.equal(await send({ serviceId: "near", action: "heal", params: { x: "y" } }), "invalid-request");
    assert.equal(await send({ serviceId: "near", action: "heal" }, "k", Date.now() + 60_000), "poller-silent");
  });
});

describe("a poller that is killed in the middle of a run", () => {
  it("leaves a run that its successor ends as unknown, and repeats nothing", async (t) => {
    const folder = await freshFolder(t);
    const data = join(folder, "data");
    const program = fork(join(import.meta.dirname, "../../e2e/drill/flag-poller.ts"), [folder], { stdio: "ignore" });
    program.on("error", () => undefined);
    t.after(() => program.kill("SIGKILL"));
    await once(program, "message");
    const store = await openStore({ file: join(data, "pitwall.db") });
    stopAfter(t, store.close);
    await untilSeen(store);
    const id = await ask(store, "slow");
    await until("the second step began", async () => (await diary(folder)).includes("begin wait"));
    const exited = once(program, "exit");
    program.kill("SIGKILL");
    await exited;
    assert.equal((await read(store, id)).state, "running");
    assert.equal((await store.read(listLocks)).length, 1);

    const successor: Poller = await startFlagPoller(folder);
    stopAfter(t, successor.stop);
    const run = await untilState(store, id, "unknown");
    assert.match(run.verdict ?? "", /The poller stopped while this step ran: Wait\. It may have taken effect or not/);
    assert.deepEqual(await store.read(listLocks), []);
    assert.deepEqual(await diary(folder), ["begin one", "end one", "begin wait"]);
    const notice = await until("the board tells of it", async () =>
      (await boardView(store, wholeSight, Date.now())).poller.notices.find((one) => one.kind === "runs"),
    );
    assert.match(notice.message, /Slow on The near/);
  });
});
