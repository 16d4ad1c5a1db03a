import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { cancelRun } from "#lib/commands/cancel-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { settleRun } from "#lib/commands/settle-run.ts";
import { type ActionConfig, actionSchema } from "#lib/config/actions-schema.ts";
import type { Poller } from "#lib/poller/poller.ts";
import type { Store } from "#lib/store/open-store.ts";
import { giveToServer } from "#lib/transports/fault-injection/private-server.ts";
import { makeKeyPair, runs, type Sshd, serving, startSshd } from "#lib/transports/fault-injection/sshd.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded, type Run, type RunState } from "#lib/wire/run.ts";

/** The traps of acting over ssh, as a run meets them: a real sshd, the whole engine. */
let folder = "";
let sshd: Sshd;
let poller: Poller;
let store: Store;
let keys = 0;

const scripts = {
  waits: `#!/bin/sh\ntrap '' TERM\necho "runs as $$"\nsleep 1011 & sleep 1012; sleep 1013\n`,
  quick: "#!/bin/sh\necho done\n",
  loud: "#!/bin/sh\nhead -c 40000000 /dev/zero | tr '\\0' x >&2\necho the end\n",
};
const program = (name: keyof typeof scripts) => join(folder, name);

function declared(): ActionConfig[] {
  const verify = { run: ["/bin/echo", "fine"], stdout: "fine", times: 2, every: "500ms", within: "30s" };
  // Of this one the proof goes on long enough for its host to change meanwhile.
  const slowly = { ...verify, times: 12, within: "12s" };
  return (["waits", "quick", "loud"] as const).map((id) =>
    actionSchema.parse({
      id,
      title: `Do ${id}`,
      at: { host: "web", node: "n1" },
      risk: "low",
      run: [program(id)],
      verify: id === "quick" ? slowly : verify,
      timeout: "2min",
    }),
  );
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "pitwall-over-ssh-"));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), text, { mode: 0o755 });
  for (const name of ["near", "far"]) writeFileSync(join(folder, name), "good");
  const key = makeKeyPair(folder, "key");
  makeKeyPair(folder, "other");
  sshd = await startSshd("declared", key);
  const hosts = { web: { ...sshd.host, key: `file:${join(folder, "key")}` } };
  poller = await startFlagPoller(folder, { actions: declared() }, process.env, hosts);
  store = poller.store;
  await until("it was polled", async () =>
    (await boardView(store, wholeSight, Date.now())).services.every((one) => one.actions.length > 0),
  );
});
after(async () => {
  await poller?.stop();
  await sshd?.stop();
  rmSync(folder, { recursive: true, force: true });
});
let hostKey = "";
beforeEach(() => {
  hostKey ||= readFileSync(sshd.hostKeyFile, "utf8");
});

async function begin(action: string): Promise<string> {
  keys += 1;
  const body = { serviceId: "near", action: `own-${action}`, mode: "run" };
  const asked = await requestRun(store, person("ann"), { body, idempotencyKey: `key-${keys}` }, Date.now());
  if (!asked.ok) assert.fail(asked.error.detail);
  return asked.value.id;
}

async function read(id: string): Promise<Run> {
  const run = await runView(store, wholeSight, id);
  if (!run.ok) assert.fail(run.error.detail);
  return run.value;
}

async function ended(id: string, state: RunState): Promise<Run> {
  const run = await until("it ended", async () => {
    const seen = await read(id);
    return isEnded(seen.state) ? seen : undefined;
  });
  assert.equal(run.state, state, run.verdict ?? "");
  await settleRun(store, person("ann"), { runId: id, words: "seen" }, Date.now());
  return run;
}

/** The leader of what the program is, by its own word. */
async function pidOf(id: string): Promise<number> {
  return await until("it tells its number", async () => {
    const line = (await read(id)).journal.find(({ kind, text }) => kind === "output" && text.startsWith("runs as "));
    return line === undefined ? undefined : Number(line.text.slice("runs as ".length));
  });
}

function groupOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}

describe("a run over ssh", () => {
  it("remote ignores TERM: a cancelled run is ended with all that it started, and that is proven", async () => {
    const id = await begin("waits");
    const pid = await pidOf(id);
    await cancelRun(store, person("ann"), { runId: id }, Date.now());
    const run = await ended(id, "cancelled-partial");
    assert.match(run.steps[0]?.evidence ?? "", /it was ended there and is gone/);
    assert.equal(runs(pid), false);
  });

  it("connection cut at step k => unknown, with where it may still run, and nothing new may be begun on it", async () => {
    const id = await begin("waits");
    const pid = await pidOf(id);
    for (const one of serving(sshd)) process.kill(one, "SIGKILL");
    const run = await ended(id, "unknown");
    assert.match(run.verdict ?? "", /[Mm]ay still run/);
    assert.match(run.steps[0]?.evidence ?? "", /connection broke while .*waits on web ran/);
    if (runs(pid)) process.kill(-groupOf(pid), "SIGKILL");
  });

  it("SSH host key changes mid-run: what was done is told, and nothing is proven by a host that may be another", async () => {
    const id = await begin("quick");
    await until("the step is done", async () => (await read(id)).steps[0]?.state === "done");
    copyFileSync(join(folder, "other"), sshd.hostKeyFile);
    chmodSync(sshd.hostKeyFile, 0o600);
    giveToServer(sshd.hostKeyFile);
    for (const one of serving(sshd)) process.kill(one, "SIGKILL");
    const run = await ended(id, "succeeded-not-fixed").finally(() => writeFileSync(sshd.hostKeyFile, hostKey));
    assert.match(run.verdict ?? "", /not proven.* shows ssh-ed25519 .*, pinned is /);
    assert.equal(statSync(sshd.hostKeyFile).mode & 0o777, 0o600);
  });

  it("a flood on stderr is drained, cut and counted, and the end of the program is seen", async () => {
    const run = await ended(await begin("loud"), "succeeded");
    const lines = run.journal.filter(({ kind }) => kind === "output");
    assert.ok(lines.length < 2_100);
    assert.ok(JSON.stringify(run.journal).length < 1_000_000);
  });
});
