import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { cancelRun } from "#lib/commands/cancel-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { undoRun } from "#lib/commands/undo-run.ts";
import { type ActionConfig, actionSchema } from "#lib/config/actions-schema.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { listLocks } from "#lib/store/locks.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded, type Run, type RunState } from "#lib/wire/run.ts";

let folder = "";
let poller: Poller;
let store: Store;
let keys = 0;

/** Programs that a team might have: each does one thing to a file, by real processes. */
const programs = {
  "set-flag": `#!/bin/sh\nprintf %s "$1" > "$(dirname "$0")/near"\necho "was set to $1 with \${TOKEN:-no token}"\n`,
  "see-flag": `#!/bin/sh\ncat "$(dirname "$0")/near"\n`,
  "show-words": `#!/bin/sh\nprintf '<%s>' "$@"\n`,
  slow: `#!/bin/sh\necho begun >> "$(dirname "$0")/begun"\nsleep 1.5\nprintf slow > "$(dirname "$0")/near"\n`,
  "end-well": `#!/bin/sh\necho well >> "$(dirname "$0")/ended"\n`,
  stubborn: `#!/bin/sh\ntrap '' TERM\necho $$ > "$(dirname "$0")/pid"\nwhile :; do sleep 1; done\n`,
  fails: `#!/bin/sh\necho "no such shop" >&2\nexit 3\n`,
};

/** Elasticsearch's door for settings of the whole cluster, and all that was put through it. */
const allocation: { enable: string | null; readonly told: (string | null)[] } = { enable: null, told: [] };
const search = http.createServer(async (request, answer) => {
  const setting = "cluster.routing.allocation.enable";
  if (request.method === "PUT" && request.url === "/_cluster/settings") {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as {
      persistent: Record<string, string>;
    };
    assert.deepEqual(Object.keys(body.persistent), [setting]);
    allocation.enable = body.persistent[setting] ?? null;
    allocation.told.push(allocation.enable);
  }
  answer.setHeader("content-type", "application/json");
  answer.end(JSON.stringify({ acknowledged: true, persistent: { [setting]: allocation.enable } }));
});

function searchProgram(allocated: string | null, then: string): string {
  const url = `http://127.0.0.1:${(search.address() as AddressInfo).port}/_cluster/settings`;
  const body = JSON.stringify({ persistent: { "cluster.routing.allocation.enable": allocated } });
  const put = `fetch(${JSON.stringify(url)}, { method: "PUT", body: ${JSON.stringify(body)} })`;
  return `#!${process.execPath}\n${put}.then((answer) => { if (!answer.ok) process.exit(1); ${then} });\n`;
}

const program = (name: keyof typeof programs) => join(folder, name);

function declared(): ActionConfig[] {
  const see = (stdout: string) => ({ run: [program("see-flag")], stdout, times: 2, every: "100ms", within: "10s" });
  const base = { at: [{ host: "local", node: "n1" }], risk: "low" };
  return [
    {
      ...base,
      id: "mend",
      title: "Mend the flag",
      run: [program("set-flag"), "good"],
      secrets: { TOKEN: "env:FLAG_SECRET" },
      verify: "green",
      heal: true,
    },
    {
      ...base,
      id: "set",
      title: "Set the flag",
      run: [program("set-flag"), "level-{level}"],
      params: { level: { integer: { min: 1, max: 9 }, label: "Level" } },
      preflight: [{ title: "It is not locked", run: [program("see-flag")], stdout: "^(good|bad)" }],
      verify: see("^level-"),
      undo: [program("set-flag"), "bad"],
    },
    {
      ...base,
      id: "words",
      title: "Show words",
      run: [program("show-words"), "--tag={tag}", "{tag}"],
      params: { tag: { pattern: "[^x]+", label: "Tag" } },
      verify: see("good|bad"),
    },
    { ...base, id: "fails", title: "Fail", run: [program("fails")], verify: see("good") },
    {
      ...base,
      id: "slow",
      title: "Take its time",
      run: [program("slow")],
      finally: [program("end-well")],
      verify: see("slow"),
    },
    {
      ...base,
      id: "roll",
      title: "Restart the search node",
      run: [join(folder, "roll-search")],
      finally: [join(folder, "allow-allocation")],
      verify: "green",
      timeout: "10min",
    },
    { ...base, id: "stubborn", title: "Hang", run: [program("stubborn")], verify: see("good"), timeout: "10min" },
  ].map((one) => actionSchema.parse(one));
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pitwall-declared-"));
  await once(search.listen(0, "127.0.0.1"), "listening");
  const hang = "setInterval(() => undefined, 1_000)";
  const searching = {
    "roll-search": searchProgram("primaries", hang),
    "allow-allocation": searchProgram(null, ""),
  };
  for (const [name, text] of Object.entries({ ...programs, ...searching })) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(folder, "near"), "bad");
  await writeFile(join(folder, "far"), "good");
  poller = await startFlagPoller(folder, { actions: declared() });
  store = poller.store;
  await until("both services were polled", async () =>
    (await boardView(store, wholeSight, Date.now())).services.every((one) => one.actions.length > 0),
  );
});
after(async () => {
  await poller?.stop();
  search.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => writeFile(join(folder, "near"), "bad"));

async function ask(action: string, params: Readonly<Record<string, string>> = {}) {
  keys += 1;
  const body = { serviceId: "near", action, mode: "run", params };
  return await requestRun(store, person("ann"), { body, idempotencyKey: `key-${keys}` }, Date.now());
}

async function read(id: string): Promise<Run> {
  const run = await runView(store, wholeSight, id);
  if (!run.ok) assert.fail(run.error.detail);
  return run.value;
}

async function ended(id: string, state: RunState): Promise<Run> {
  const run = await until(`the run is ${state}`, async () => {
    const seen = await read(id);
    return isEnded(seen.state) ? seen : undefined;
  });
  assert.equal(run.state, state, run.verdict ?? "");
  return run;
}

async function run(action: string, state: RunState, params: Readonly<Record<string, string>> = {}): Promise<Run> {
  const asked = await ask(action, params);
  if (!asked.ok) assert.fail(asked.error.detail);
  return await ended(asked.value.id, state);
}

describe("a declared action", () => {
  it("is offered beside those of its kind, with the fields that are typed", async () => {
    const board = await boardView(store, wholeSight, Date.now());
    const actions = board.services.find(({ id }) => id === "near")?.actions ?? [];
    const set = actions.find(({ id }) => id === "own-set");
    assert.equal(set?.title, "Set the flag");
    assert.deepEqual(set?.params, [
      { name: "level", label: "Level", options: [], input: { type: "integer", min: 1, max: 9 } },
    ]);
    assert.ok(actions.some(({ id }) => id === "heal"));
  });

  it("runs its program, hands it its secret by no argument, and is proven by the service being green", async () => {
    const done = await run("own-mend", "succeeded");
    assert.match(done.verdict ?? "", /green/);
    assert.equal(await readFile(join(folder, "near"), "utf8"), "good");
    const output = done.journal.filter(({ kind }) => kind === "output").map(({ text }) => text);
    assert.equal(output.length, 1);
    assert.match(output[0] ?? "", /^was set to good with (?!no token)/);
    assert.ok(!JSON.stringify(done).includes("open-sesame"), "the secret is redacted where the program tells it");
    assert.deepEqual(await store.read(listLocks), []);
  });

  it("that is proven by a program can be undone, and its undo is seen to have worked", async () => {
    const done = await run("own-set", "succeeded", { level: "7" });
    assert.equal(await readFile(join(folder, "near"), "utf8"), "level-7");
    const undone = await undoRun(store, person("ann"), { runId: done.id }, Date.now());
    if (!undone.ok) assert.fail(undone.error.detail);
    await ended(undone.value.id, "succeeded");
    assert.equal(await readFile(join(folder, "near"), "utf8"), "bad");
  });

  it("is refused by its own preflight with what was seen, and nothing is touched", async () => {
    await writeFile(join(folder, "near"), "locked");
    const refused = await run("own-set", "refused", { level: "1" });
    assert.match(refused.verdict ?? "", /It is not locked: .*printed “locked” \(wanted \^\(good\|bad\)\)/);
    assert.equal(await readFile(join(folder, "near"), "utf8"), "locked");
  });

  it("takes no parameter beyond its bounds, at the door and at the plan", async () => {
    for (const level of ["0", "10", "1e0", "07", "-1", "1 ", "", "1;id"]) {
      const asked = await ask("own-set", { level });
      assert.ok(!asked.ok && asked.error.code === "invalid-request", `took ${level}`);
    }
    for (const tag of ["--help", "x", "a\nb", "a\0b", "", "y".repeat(81)]) {
      const asked = await ask("own-words", { tag });
      assert.ok(!asked.ok && asked.error.code === "invalid-request", `took ${tag}`);
    }
  });

  it("hands every text to its program as one word, which no shell has read", async () => {
    const tag = `a b'c"d$(id)\`id\`;|&>*?~#\\n{tag}%s`;
    const done = await run("own-words", "succeeded", { tag });
    const output = done.journal.filter(({ kind }) => kind === "output").map(({ text }) => text);
    assert.deepEqual(output, [`<--tag=${tag}><${tag}>`]);
  });

  it("that fails says with which code and words", async () => {
    const done = await run("own-fails", "failed-partial");
    assert.match(done.verdict ?? "", /ended with code 3/);
    assert.ok(done.steps[0]?.evidence?.includes("no such shop"));
  });

  it("that is cancelled is ended with proof, even when it ignores TERM", async () => {
    const asked = await ask("own-stubborn");
    if (!asked.ok) assert.fail(asked.error.detail);
    const pid = await until(
      "it runs",
      async () => Number(await readFile(join(folder, "pid"), "utf8").catch(() => "")) || undefined,
    );
    await cancelRun(store, person("ann"), { runId: asked.value.id }, Date.now());
    const done = await ended(asked.value.id, "cancelled-partial");
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
    assert.match(done.steps[0]?.evidence ?? "", /is gone/);
  });

  it("puts back what must not stay, however it ends: ES run aborted => allocation restored", async () => {
    const before = allocation.enable;
    const asked = await ask("own-roll");
    if (!asked.ok) assert.fail(asked.error.detail);
    await until("allocation is off", async () => allocation.enable === "primaries");
    await cancelRun(store, person("ann"), { runId: asked.value.id }, Date.now());
    const done = await ended(asked.value.id, "cancelled-partial");
    assert.equal(allocation.enable, before);
    assert.deepEqual(allocation.told, ["primaries", null]);
    assert.deepEqual(
      done.steps.map(({ state }) => state),
      ["failed", "done"],
    );
  });

  it("whose poller is killed meanwhile runs on: it is in doubt with an alarm, and is not run twice", async (t) => {
    await poller.stop();
    const near = JSON.stringify({ actions: declared() });
    const killed = fork(join(import.meta.dirname, "../../../e2e/drill/flag-poller.ts"), [folder, near], {
      stdio: "ignore",
    });
    killed.on("error", () => undefined);
    t.after(() => killed.kill("SIGKILL"));
    await once(killed, "message");
    store = await openStore({ file: join(folder, "data", "pitwall.db") });
    await until("it was polled", async () =>
      (await boardView(store, wholeSight, Date.now())).services.every((one) => one.actions.length > 0),
    );
    const asked = await ask("own-slow");
    if (!asked.ok) assert.fail(asked.error.detail);
    const begun = () => readFile(join(folder, "begun"), "utf8").catch(() => "");
    await until("the program runs", async () => (await begun()) !== "");
    const gone = once(killed, "exit");
    killed.kill("SIGKILL");
    await gone;
    await store.close();
    poller = await startFlagPoller(folder, { actions: declared() });
    store = poller.store;
    const done = await until("the run ended", async () => {
      const seen = await read(asked.value.id);
      return isEnded(seen.state) ? seen : undefined;
    });
    // Either it was asked after the program had ended, or it says that nobody knows.
    const word = done.steps[0]?.state === "done" ? "succeeded" : "unknown";
    assert.equal(done.state, word, done.verdict ?? "");
    assert.deepEqual(done.left ?? [], word === "unknown" ? ["in doubt: “Take its time” is done on n1"] : []);
    assert.equal(await begun(), "begun\n");
    assert.match(await readFile(join(folder, "ended"), "utf8"), /^well\n/, "what must be done at the end is done");
  });
});
