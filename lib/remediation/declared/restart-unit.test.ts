import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { type Systemd, startSystemd } from "#e2e/servers/systemd.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { confirmRun } from "#lib/commands/confirm-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { settleRun } from "#lib/commands/settle-run.ts";
import { type UnitConfig, unitSchema } from "#lib/config/actions-schema.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { unitArgv } from "#lib/remediation/declared/systemd.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded, type Run, type RunState } from "#lib/wire/run.ts";

const service = (run: string, more = "") =>
  `[Unit]\nDefaultDependencies=no\n${more}\n[Service]\nExecStart=/bin/sh -c '${run}'\n`;
/** A line for each start of `slow.service`. */
const startsFile = join(tmpdir(), `pitwall-starts-${process.pid}`);
/** `slow.service` ends no sooner than this file is there. systemd may signal what a trap has just started as well, so no one sleep holds. */
const endFile = join(tmpdir(), `pitwall-end-${process.pid}`);
const units = {
  "web.service": service("exec sleep 1000"),
  "worker.service": service("exec sleep 1000", "Requires=web.service\nAfter=web.service"),
  "crashing.service": `${service("sleep 0.3; exit 1")}Restart=always\nRestartSec=50ms\nStartLimitIntervalSec=0\n`,
  "limited.service": `${service("exit 1", "StartLimitBurst=2\nStartLimitIntervalSec=1h")}Restart=always\nRestartSec=10ms\n`,
  "masked.service": "",
  "cache.service": service("exec sleep 1000"),
  "slow.service": service(
    `echo started >> ${startsFile}; trap "until test -e ${endFile}; do sleep 0.1; done; exit 0" TERM; while :; do sleep 0.1; done`,
  ),
  "stuck.service": `${service("trap : TERM; while :; do sleep 1; done")}TimeoutStopSec=60\n`,
};

/** As short as it may be where it is waited out, and where what is never proven is waited for. */
function timeoutOf(unit: string): string {
  if (unit === "stuck.service") return "1s";
  return unit === "crashing.service" || unit === "limited.service" ? "5s" : "20s";
}

const allowed = [...Object.keys(units), "gone.service"].map((unit) =>
  unitSchema.parse({
    host: "local",
    node: "n1",
    unit,
    sudo: false,
    steady: "1s",
    timeout: timeoutOf(unit),
  }),
);

let folder = "";
let poller: Poller;
let store: Store;
let systemd: Systemd;
let keys = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pitwall-units-"));
  await writeFile(join(folder, "near"), "good");
  await writeFile(join(folder, "far"), "good");
  systemd = await startSystemd(units, { "redis-server.service": "cache.service" });
  poller = await startFlagPoller(folder, { units: allowed }, environment());
  store = poller.store;
  await until("it was polled", async () =>
    (await boardView(store, wholeSight, Date.now())).services.every((one) => one.actions.length > 0),
  );
});
const environment = () => ({ ...process.env, PATH: `${systemd.path}:${process.env.PATH}` });
after(async () => {
  await poller?.stop();
  await systemd?.stop();
  for (const made of [startsFile, endFile, folder]) await rm(made, { recursive: true, force: true });
});
beforeEach(() => {
  systemd.ctl("start", "web.service");
});

async function read(id: string): Promise<Run> {
  const run = await runView(store, wholeSight, id);
  if (!run.ok) assert.fail(run.error.detail);
  return run.value;
}

async function restart(
  unit: string,
  state: RunState,
  failures: "keep" | "reset" | "if-given-up" = "keep",
): Promise<Run> {
  keys += 1;
  const body = { serviceId: "near", action: "restart-unit", mode: "plan", params: { unit: `n1/${unit}`, failures } };
  const asked = await requestRun(store, person("ann"), { body, idempotencyKey: `key-${keys}` }, Date.now());
  if (!asked.ok) assert.fail(asked.error.detail);
  const { id } = asked.value;
  const planned = await until("it is planned", async () => {
    const seen = await read(id);
    return seen.state === "planned" || isEnded(seen.state) ? seen : undefined;
  });
  if (planned.state === "planned") {
    const planHash = planned.plan?.hash ?? "";
    const confirmed = await confirmRun(store, person("ann"), { runId: id, planHash }, Date.now());
    if (!confirmed.ok) assert.fail(confirmed.error.detail);
  }
  const run = await until("it ended", async () => {
    const seen = await read(id);
    return isEnded(seen.state) ? seen : undefined;
  });
  assert.equal(run.state, state, run.verdict ?? "");
  await settleRun(store, person("ann"), { runId: id, words: "seen" }, Date.now());
  return run;
}

const pidOf = (unit: string) => /MainPID=(\d+)/.exec(systemd.ctl("show", "-p", "MainPID", unit))?.[1];

describe("restarting a unit of the allow-list, on a real systemd", () => {
  it("is proven by another process that runs steadily", async () => {
    const old = pidOf("web.service");
    const run = await restart("web.service", "succeeded");
    assert.notEqual(pidOf("web.service"), old);
    assert.match(run.verdict ?? "", /runs steadily in a new process \(2 times in a row\): active \(running\), pid \d+/);
  });

  it("names what goes down with it before anybody confirms", async () => {
    systemd.ctl("start", "worker.service");
    const run = await restart("web.service", "succeeded");
    const check = run.checks.find(({ id }) => id === "dependants");
    assert.deepEqual([check?.verdict, check?.evidence], ["warn", "with it go worker.service"]);
  });

  it("is refused for a unit that is not there, and for one that is masked", async () => {
    assert.match((await restart("gone.service", "refused")).verdict ?? "", /gone\.service is not-found on n1/);
    assert.match((await restart("masked.service", "refused")).verdict ?? "", /masked\.service is masked/);
  });

  it("is refused for a data store, under whatever name it is listed", async () => {
    systemd.ctl("start", "cache.service");
    assert.match(
      (await restart("cache.service", "refused")).verdict ?? "",
      /cache\.service holds data \(a store in memory\)/,
    );
  });

  it("is refused while its start limit is hit, until somebody chooses to reset it", async () => {
    systemd.ctl("start", "limited.service");
    await until("it hit its limit", async () => systemd.ctl("is-failed", "limited.service").startsWith("failed"));
    assert.match(
      (await restart("limited.service", "refused")).verdict ?? "",
      /gave up on limited\.service after 2 restarts/,
    );
    const run = await restart("limited.service", "succeeded-not-fixed", "reset");
    assert.deepEqual(
      run.steps.map(({ id, state }) => [id, state]),
      [
        ["reset", "done"],
        ["restart", "done"],
      ],
    );
  });

  it("by a rule's usual way resets the failures of what systemd gave up, and of nothing else", async () => {
    systemd.ctl("reset-failed", "limited.service");
    systemd.ctl("start", "limited.service");
    await until("it hit its limit", async () => systemd.ctl("is-failed", "limited.service").startsWith("failed"));
    const [reset] = (await restart("limited.service", "succeeded-not-fixed", "if-given-up")).steps;
    assert.doesNotMatch(reset?.evidence ?? "", /nothing to reset/);
    const [left] = (await restart("web.service", "succeeded", "if-given-up")).steps;
    assert.match(left?.evidence ?? "", /nothing to reset: active \(running\)/);
  });

  it("that comes up and dies again and again is not called repaired", async () => {
    const run = await restart("crashing.service", "succeeded-not-fixed");
    assert.match(run.verdict ?? "", /not proven within/);
  });

  it("that does not end in time is told as what it is, and not done twice", async () => {
    systemd.ctl("start", "stuck.service");
    const run = await restart("stuck.service", "unknown");
    assert.match(
      run.steps[0]?.evidence ?? "",
      /did not end within 1\.0 s.*systemd may still be restarting stuck\.service/,
    );
    systemd.ctl("kill", "-s", "KILL", "stuck.service");
  });

  it("whose poller is killed meanwhile goes on by itself: that is waited for, and it is not restarted twice", async (t) => {
    const place = await mkdtemp(join(tmpdir(), "pitwall-units-killed-"));
    for (const name of ["near", "far"]) await writeFile(join(place, name), "good");
    systemd.ctl("start", "slow.service");
    const near = JSON.stringify({ units: allowed });
    const file = join(import.meta.dirname, "../../../e2e/drill/flag-poller.ts");
    const program = fork(file, [place, near], { stdio: "ignore", env: environment() });
    program.on("error", () => undefined);
    t.after(() => program.kill("SIGKILL"));
    await once(program, "message");
    const [usual, crashed] = [store, await openStore({ file: join(place, "data", "pitwall.db") })];
    store = crashed;
    t.after(async () => {
      store = usual;
      await crashed.close();
      await rm(place, { recursive: true, force: true });
    });
    await until("it was polled", async () =>
      (await boardView(store, wholeSight, Date.now())).services.every((one) => one.actions.length > 0),
    );
    const restarted = restart("slow.service", "succeeded");
    const stopping = until("it is being stopped", async () =>
      systemd.ctl("show", "-p", "ActiveState", "slow.service").includes("deactivating"),
    );
    // A run that ends before has something to tell of why.
    await Promise.race([stopping, restarted.then((run) => assert.fail(`it ended first: ${JSON.stringify(run)}`))]);
    const gone = once(program, "exit");
    program.kill("SIGKILL");
    await gone;
    const successor = await startFlagPoller(place, { units: allowed }, environment());
    await writeFile(endFile, "");
    try {
      const run = await restarted;
      assert.match(run.steps[0]?.evidence ?? "", /^asked after a crash: another start than before/);
      assert.equal(await readFile(startsFile, "utf8"), "started\nstarted\n");
    } finally {
      await successor.stop();
    }
  });

  it("is asked for by exact words, as a line of sudoers names them", () => {
    const unit: UnitConfig = unitSchema.parse({ host: "web-01", unit: "apache2.service" });
    assert.equal(unitArgv(unit, "restart").join(" "), "sudo -n /usr/bin/systemctl restart apache2.service");
    assert.equal(unitArgv({ ...unit, user: true }, "restart").join(" "), "systemctl --user restart apache2.service");
  });
});
