import assert from "node:assert/strict";
import { test } from "node:test";
import { handEngine, killedAtEveryWrite } from "#e2e/drill/hand-engine.ts";
import { passengerPicture } from "#e2e/servers/picture.ts";
import { stepMemory } from "#e2e/step-memory.ts";
import { failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { err, ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import type { ActionContext, ActionPlan, CollectContext, Sample } from "#lib/integrations/integration.ts";
import { actions } from "#lib/integrations/passenger/actions.ts";
import { collect } from "#lib/integrations/passenger/collector.ts";
import { type PassengerConfig, passengerConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { manifest } from "#lib/integrations/passenger/manifest.ts";
import { detailOf } from "#lib/integrations/passenger/parse.ts";
import { soundApp, startPassenger, until } from "#lib/integrations/passenger/real-passenger.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createSsh } from "#lib/transports/ssh.ts";
import type { CommandAnswer, SshTransport, Transports } from "#lib/transports/types.ts";

const noSecret = (reference: string) => err(failure("secret-missing", `${reference} is not there`));

function contextOf(config: PassengerConfig, ssh: SshTransport): CollectContext<PassengerConfig, PassengerDetail> {
  return {
    config,
    transports: { ssh } as Transports,
    secret: noSecret,
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    now: Date.now,
    previous: undefined,
  };
}

const brief = (finding: Finding) => `${finding.severity} ${finding.rule} · ${finding.message}`;

test("a real Apache with Passenger is read, judged, restarted and proven", { timeout: 600_000 }, async (t) => {
  const real = await startPassenger(t);
  const ssh = createSsh({ hosts: {}, secret: noSecret, environment: process.env, reach: createReach() });
  t.after(() => ssh.close());
  const config = passengerConfig.parse({
    nodes: [{ name: "web-01", host: "local", registryDir: real.registryDir, restart: real.startArgv }],
  });
  const poll = async () => {
    const sample = await collect(contextOf(config, ssh));
    assert.ok(sample.ok, sample.ok ? "" : `${sample.error.what}: ${sample.error.said}`);
    return sample.value;
  };
  // Asked at the very moment it goes away, Passenger answers with neither a pool nor its absence: then the poll fails.
  const findings = async () => {
    const sample = await collect(contextOf(config, ssh));
    return sample.ok ? judge(sample.value.detail, manifest.rules).map(brief) : [`unknown · ${sample.error.what}`];
  };
  const run = async (id: string, params: Record<string, string>, withinMs?: number) =>
    await carryOut(config, ssh, poll, id, params, withinMs);

  await t.test("an idle app is quiet and its numbers are Passenger's own", async () => {
    const { detail, metrics } = await poll();
    const [node] = detail.nodes;
    assert.equal(node?.failure, null);
    assert.deepEqual(
      node?.apps.map((app) => [app.name, app.queue, app.processes.length]),
      [[real.app, 0, 1]],
    );
    assert.equal(node?.inFlight, 0);
    assert.equal(metrics.find((metric) => metric.id === "queue")?.value, 0);
    assert.equal(manifest.summarise(detail), "1 host · 1 process · 0 queued");
    assert.deepEqual(await findings(), []);
  });

  await t.test("requests that hang are counted by path, in the app and in its queue", async () => {
    real.hold(true);
    const answers = Array.from({ length: 13 }, (_, at) => real.get(`/slow?customer=${at}`));
    await until("12 requests wait", async () => (await poll()).detail.totals.queued === 12);
    const { detail } = await poll();
    const [group] = detail.nodes[0]?.requests ?? [];
    assert.deepEqual(
      { ...group, oldestAgeS: 0 },
      { path: "/slow", count: 13, queued: 12, inApp: 1, oldestAgeS: 0, methods: ["GET"] },
    );
    assert.ok((group?.oldestAgeS ?? 0) > 0);
    const told = judge(detail, manifest.rules);
    assert.deepEqual(told.map(brief), [
      "warning queue · web-01: 12 requests queued, 13 of 13 in flight are /slow (limit 10)",
      "warning pool-exhausted · web-01: the only process slot is taken, 12 requests wait, 13 of 13 in flight are /slow (limit 5)",
    ]);
    assert.deepEqual(told[0]?.action, { id: "restart-app", params: { node: "web-01", app: real.app } });
    real.hold(false);
    assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]));
    await until("the queue is empty", async () => (await findings()).length === 0);
  });

  await t.test("a restart that is refused or fails leaves the pool exactly as it was", async () => {
    const before = await passengerPicture(real.registryDir);
    assert.match(before[real.app] ?? "", /^\S+ ALIVE: \d+ ENABLED ALIVE$/);
    const params = { node: "web-01", app: real.app };
    const blind = { ...config, nodes: config.nodes.map((node) => ({ ...node, instance: "another" })) };
    await assert.rejects(carryOut(config, ssh, poll, "restart-app", params, 60_000, blind), /lists the app: /);
    assert.deepEqual(await passengerPicture(real.registryDir), before);
    const step = actions.find(({ id }) => id === "restart-app")?.plan(blind, params, (await poll()).detail);
    assert.ok(step?.ok);
    const failed = await step.value.steps[0]?.run(actingOn(blind, ssh, poll, []));
    assert.equal(failed?.ok, false);
    assert.deepEqual(await passengerPicture(real.registryDir), before);
  });

  await t.test("a restart of the app is proven by its group's new uuid", async () => {
    const before = (await poll()).detail.nodes[0]?.apps[0]?.uuid;
    const lines = await run("restart-app", { node: "web-01", app: real.app });
    assert.match(lines.join("\n"), /Restarting .*site \(production\)/);
    const after = (await poll()).detail.nodes[0]?.apps[0]?.uuid;
    assert.ok(before && after && before !== after);
  });

  await t.test(
    "kill dashboard at every step boundary then resume: a restart is told as what became of it",
    async () => {
      const uuid = async () => (await poll()).detail.nodes[0]?.apps[0]?.uuid;
      await killedAtEveryWrite(async () => {
        assert.equal(await real.get("/"), 200, "an app starts again with its next request");
        // It may be listed a moment later.
        await until("it is listed", async () => (await uuid()) !== undefined);
        const before = await uuid();
        const plan = actions
          .find(({ id }) => id === "restart-app")
          ?.plan(config, { node: "web-01", app: real.app }, (await poll()).detail);
        assert.ok(plan?.ok);
        const contextOf = () => handContext(config, ssh, poll);
        return { plan: plan.value as ActionPlan, contextOf, happened: async () => (await uuid()) !== before };
      });
    },
  );

  await t.test("a process that hangs is detached by its pid, and one that does not hang never is", async () => {
    const impatient = passengerConfig.parse({
      stuckAfter: "1s",
      nodes: [{ name: "web-01", host: "local", registryDir: real.registryDir }],
    });
    const look = async () => {
      const sample = await collect(contextOf(impatient, ssh));
      assert.ok(sample.ok);
      return sample.value;
    };
    const detach = actions.find((action) => action.id === "detach-process");
    const processes = async () => (await look()).detail.nodes[0]?.apps[0]?.processes ?? [];
    // After a restart the next one is made when somebody asks, and may be listed a moment later.
    await until("one serves", async () => (await real.get("/")) === 200 && (await processes()).length > 0);
    assert.equal(detach?.offer(impatient, (await look()).detail).blocked, "No process is stuck");
    const [well] = await processes();
    const before = await passengerPicture(real.registryDir);
    const wrong = detach?.plan(impatient, { process: `web-01/${well?.pid}` }, (await look()).detail);
    assert.ok(wrong && !wrong.ok && wrong.error.kind === "no-such-object");
    assert.deepEqual(await passengerPicture(real.registryDir), before);
    real.hold(true);
    const hanging = real.get("/slow");
    const offered = async () => detach?.offer(impatient, (await look()).detail).params[0]?.options[0];
    await until("it counts as stuck", async () => (await offered()) !== undefined);
    const process = (await offered())?.value ?? "";
    assert.equal(process, `web-01/${well?.pid}`);
    const late = { ...impatient, nodes: impatient.nodes.map((node) => ({ ...node, instance: "another" })) };
    await assert.rejects(carryOut(impatient, ssh, look, "detach-process", { process }, 60_000, late), /hangs: /);
    assert.deepEqual(await passengerPicture(real.registryDir), before, "the refused one left the pool as it was");
    const plan = detach?.plan(impatient, { process }, (await look()).detail);
    assert.ok(plan?.ok);
    const dying = () => handEngine(plan.value as ActionPlan, () => handContext(impatient, ssh, look));
    const early = dying();
    assert.equal(await early.run(0), null);
    assert.equal((await early.resume()).kind, "broken");
    assert.equal((await offered())?.value, process, "killed before it began, it is as it was");
    const after = dying();
    assert.equal(await after.run(1), null);
    assert.equal((await after.resume()).kind, "done", "killed when it had happened, that is seen");
    assert.match(after.steps()[0]?.evidence ?? "", /^asked after a crash: .*(DETACHED|not in the pool)/);
    await until("another one serves", async () => (await real.get("/")) === 200);
    real.hold(false);
    assert.equal(await hanging, 200, "the request in it may end");
    await until("it is gone", async () => (await findings()).length === 0);
  });

  await t.test("an app that cannot start is critical, and the restart of a repaired one proves it", async () => {
    real.write("raise 'no database'\n");
    await assert.rejects(
      run("restart-app", { node: "web-01", app: real.app }, 2_000),
      /did not hold: .* 0 processes serve/,
    );
    await until("it is told", async () =>
      /^critical app-cannot-start · web-01: \S+ cannot start, 0 processes serve it$/.test((await findings())[0] ?? ""),
    );
    real.write(soundApp);
    await run("restart-app", { node: "web-01", app: real.app });
    await until("it is well", async () => (await findings()).length === 0);
  });

  await t.test("a dead web server is not running, and the configured command brings it back", async () => {
    real.stop();
    await until("nothing answers", async () => (await real.get("/")) === 0);
    await until(
      "Passenger is gone",
      async () => (await findings())[0] === "critical not-running · web-01: Passenger is not running",
    );
    const { detail, metrics } = await poll();
    assert.ok(
      metrics.every((metric) => metric.value === null),
      "of what does not run nothing is measured, and nothing is 0",
    );
    const [restart] = judge(detail, manifest.rules).map((finding) => finding.action);
    assert.deepEqual(restart, { id: "restart-web-server", params: { node: "web-01" } });
    await run("restart-web-server", { node: "web-01" });
    await until("it serves again", async () => (await real.get("/")) === 200 && (await findings()).length === 0);
  });
});

test("a host that hangs does not take the others' answers with it", async () => {
  const config = passengerConfig.parse({
    nodes: [
      { name: "web-01", host: "hangs" },
      { name: "web-02", host: "answers" },
    ],
  });
  let patienceMs = Number.POSITIVE_INFINITY;
  const ssh = answering(async (host, timeoutMs) => {
    if (host === "answers") return notRunning;
    patienceMs = timeoutMs;
    await new Promise((resolve) => setTimeout(resolve, timeoutMs));
    return null;
  });
  const sample = await collect({ ...contextOf(config, ssh), timeoutMs: 500 });
  assert.ok(patienceMs <= 400, "the sample is there before the poll's own deadline");
  assert.ok(sample.ok);
  assert.deepEqual(judge(sample.value.detail, manifest.rules).map(brief), [
    "critical not-running · web-02: Passenger is not running",
    "warning cannot-look · web-01: cannot look, no answer from hangs",
  ]);
});

test("when no host can be looked at, the poll fails and nothing is said of the app", async () => {
  const config = passengerConfig.parse({
    nodes: [
      { name: "web-01", host: "a" },
      { name: "web-02", host: "b" },
    ],
  });
  const sample = await collect(
    contextOf(
      config,
      answering(async () => null),
    ),
  );
  assert.deepEqual(sample, err(failure("timeout", "no answer from a")));
});

test("with sudo the registry folder stands where sudoers can allow it, and the app is named exactly", async () => {
  const seen: string[] = [];
  const config = passengerConfig.parse({
    nodes: [{ name: "web-01", host: "h", sudo: true, registryDir: "/run/psg", instance: "abc1" }],
  });
  const ssh: SshTransport = {
    run: async (_host, request) => {
      seen.push(`${Object.keys(request.env ?? {}).join()}|${request.argv.join(" ")}`);
      return ok(notRunning);
    },
  };
  await collect(contextOf(config, ssh));
  assert.deepEqual(seen, [
    "|sudo -n PASSENGER_INSTANCE_REGISTRY_DIR=/run/psg passenger-status abc1 --show=xml",
    "|sudo -n PASSENGER_INSTANCE_REGISTRY_DIR=/run/psg passenger-status abc1 --no-header --show=requests",
  ]);
});

test("what cannot be restarted says why, before anything is touched", () => {
  const config = passengerConfig.parse({ nodes: [{ name: "web-01", host: "a" }] });
  const restartApp = actions.find((action) => action.id === "restart-app");
  const restartServer = actions.find((action) => action.id === "restart-web-server");
  const nothing = detailOf([]);
  assert.equal(restartServer?.offer(config, null).blocked, "The hosts were not looked at yet");
  assert.equal(restartServer?.offer(config, nothing).blocked, "No node names its `restart` command in pitwall.yaml");
  assert.match(restartApp?.offer(config, null).blocked ?? "", /^No host lists an app/);
  for (const [action, params] of [
    [restartApp, { node: "web-09", app: "x" }],
    [restartApp, { node: "web-01", app: "/srv/unknown (production)" }],
    [restartServer, { node: "web-01" }],
    [restartServer, {}],
  ] as const) {
    const plan = action?.plan(config, params, null);
    assert.equal(plan?.ok === false && plan.error.kind, "no-such-object");
  }
});

const notRunning: CommandAnswer = {
  exitCode: 1,
  signal: null,
  stdout: "",
  stderr: "ERROR: Phusion Passenger(R) doesn't seem to be running.",
  droppedBytes: 0,
};

function answering(answer: (host: string, timeoutMs: number) => Promise<CommandAnswer | null>): SshTransport {
  return {
    run: async (host, request) => {
      const got = await answer(host, request.timeoutMs);
      return got === null ? err(failure("timeout", `no answer from ${host}`)) : ok(got);
    },
  };
}

/** What a step is handed that no engine keeps for it. */
function handContext(config: PassengerConfig, ssh: SshTransport, poll: () => Promise<Sample<PassengerDetail>>) {
  return {
    ...contextOf(config, ssh),
    serviceId: "learn-web",
    output: () => undefined,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    poll: async () => ok(await poll()),
  };
}

/** Runs an action as the engine does: all checks, all steps, and then the proof, several times in a row. */
async function carryOut(
  config: PassengerConfig,
  ssh: SshTransport,
  poll: () => Promise<Sample<PassengerDetail>>,
  id: string,
  params: Record<string, string>,
  withinMs = 60_000,
  /** What it is carried out with, where that is another configuration than it was planned with. */
  actual = config,
): Promise<string[]> {
  const lines: string[] = [];
  const action = actions.find((each) => each.id === id);
  const { detail } = await poll();
  const offered = action?.offer(config, detail);
  assert.equal(offered?.blocked, null);
  for (const field of offered?.params ?? []) {
    const offers = field.options.some((option) => option.value === params[field.name]);
    assert.ok(offers || detail.nodes[0]?.pool === null, `${field.name} is offered`);
  }
  const plan = action?.plan(actual, params, detail);
  assert.ok(plan?.ok);
  const { preflight, steps, verify } = plan.value;
  const context = actingOn(actual, ssh, poll, lines);
  for (const check of preflight) {
    const { verdict, evidence } = await check.run(context);
    assert.ok(verdict === "pass" || verdict === "warn", `${check.title}: ${evidence}`);
  }
  for (const step of steps) {
    const done = await step.run(context);
    assert.ok(done.ok, done.ok ? "" : `${done.error.what}: ${done.error.said}`);
  }
  const end = Date.now() + withinMs;
  let held = 0;
  while (held < verify.consecutive) {
    const { holds, evidence } = await verify.probe(context);
    held = holds ? held + 1 : 0;
    if (Date.now() > end) throw new Error(`did not hold: ${evidence}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return lines;
}

function actingOn(
  config: PassengerConfig,
  ssh: SshTransport,
  poll: () => Promise<Sample<PassengerDetail>>,
  lines: string[],
): ActionContext<PassengerConfig, PassengerDetail> {
  return {
    ...handContext(config, ssh, poll),
    ...stepMemory(),
    output: (line) => void lines.push(line),
  };
}
