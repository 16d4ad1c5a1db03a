import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { handEngine } from "#e2e/drill/hand-engine.ts";
import { type Backend, ownAddress, type RealHaproxy, startBackend, startHaproxy, until } from "#e2e/servers/haproxy.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { haproxyPicture } from "#e2e/servers/picture.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { actions } from "#lib/integrations/haproxy/actions.ts";
import { collect } from "#lib/integrations/haproxy/collector.ts";
import { type HaproxyConfig, haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { manifest } from "#lib/integrations/haproxy/manifest.ts";
import type { ActionPlan, CheckResult } from "#lib/integrations/integration.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createTcp } from "#lib/transports/tcp.ts";

/** Two balancers before the same two servers, as a pair is. */
interface Pair {
  readonly servers: readonly Backend[];
  readonly balancers: readonly RealHaproxy[];
  readonly config: HaproxyConfig;
}

const notHere = async () => err(failure("internal", "this test reaches nothing by ssh or postgres"));
const transports = () => ({
  http: createHttp(createReach(onLoopback)),
  tcp: createTcp(notHere, createReach(onLoopback)),
  ssh: { run: notHere },
  postgres: { query: notHere },
});

async function pair(t: TestContext): Promise<Pair> {
  const address = ownAddress();
  const servers = await Promise.all([1, 2].map(() => startBackend(t, address)));
  const lines = servers.map((server, at) => `    server web-0${at + 1} ${server.address} check weight 10`).join("\n");
  const map = join("/tmp", `pitwall-page-${process.pid}-${Math.random().toString(36).slice(2)}.map`);
  writeFileSync(map, "");
  const balancers = await Promise.all(
    [8080, 8081].map((port) =>
      startHaproxy(
        t,
        address,
        `frontend front
    bind ${address}:${port}
    http-request return status 503 content-type text/html string "back soon" if { str(front),map_str(${map},off) -m str on }
    default_backend learn
backend learn
    option httpchk GET /health
${lines}
backend small
    server one ${servers[0]?.address}`,
      ),
    ),
  );
  for (const balancer of balancers) await until("both are up", async () => (await up(balancer)) === 2);
  const processes = balancers.map((balancer, at) => ({ name: `lb-${at + 1}`, socket: balancer.sockets.admin }));
  return { servers, balancers, config: haproxyConfig.parse({ processes, maintenanceMap: map }) };
}

async function up(balancer: RealHaproxy): Promise<number> {
  return (await balancer.ask("show stat")).match(/^learn,web-0\d,[^\n]*,UP,/gm)?.length ?? 0;
}

/** A server that fails its checks still serves until it has failed often enough. */
async function allDown(balancer: RealHaproxy): Promise<boolean> {
  return /^learn,BACKEND,[^\n]*,DOWN,/m.test(await balancer.ask("show stat"));
}

/** What HAProxy's own tool says of its servers, without what time alone changes. */
async function stateOf({ balancers, config }: Pair): Promise<string> {
  const told = balancers.map(async (balancer) => {
    const servers = await haproxyPicture((command) => balancer.ask(command));
    const map = await balancer.ask(`show map ${config.maintenanceMap}`);
    return `${JSON.stringify(servers)}\n${/ on$/m.test(map)}`;
  });
  return (await Promise.all(told)).join("\n--\n");
}

const bare = (config: HaproxyConfig) => ({
  serviceId: "lb",
  config,
  transports: transports(),
  secret: () => err(failure("secret-missing", "none")),
  now: Date.now,
  output: () => undefined,
  sleep: (ms: number) => pause(ms),
  poll: async () => ok({ detail: await poll(config), metrics: [] }),
  trouble: async () => err(failure("internal", "not polled here")),
});

async function poll(config: HaproxyConfig, previous?: HaproxyDetail): Promise<HaproxyDetail> {
  const signal = new AbortController().signal;
  const before = previous === undefined ? undefined : { detail: previous, at: Date.now() - 1_000 };
  const secret = () => ok("");
  const base = { config, transports: transports(), secret, signal, timeoutMs: 20_000, now: Date.now };
  const sample = await collect({ ...base, previous: before });
  return sample.ok ? sample.value.detail : assert.fail(sample.error.what);
}

async function planFor(it: Pair, id: string, params: Record<string, string>): Promise<ActionPlan> {
  const action = actions.find((each) => each.id === id);
  const plan = action?.plan(it.config, params, await poll(it.config));
  return plan?.ok ? (plan.value as ActionPlan) : assert.fail(`no plan of ${id}`);
}

async function checksOf(it: Pair, plan: ActionPlan): Promise<Record<string, CheckResult>> {
  const context = { ...bare(it.config), signal: new AbortController().signal, epoch: 1 };
  const more = { remember: async () => undefined, recall: () => undefined, raise: async () => undefined };
  const full = { ...context, ...more, clear: async () => undefined };
  const seen = plan.preflight.map(async (check) => [check.id, await check.run(full)] as const);
  return Object.fromEntries(await Promise.all(seen));
}

const engineFor = (it: Pair, plan: ActionPlan) => handEngine(plan, () => bare(it.config));

async function get(address: string, port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    http
      .get({ host: address, port, path: "/", agent: false }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve(`${response.statusCode} ${body.trim()}`));
      })
      .on("error", reject);
  });
}

const remedies: readonly (readonly [id: string, params: Record<string, string>])[] = [
  ["server-drain", { server: "learn/web-02" }],
  ["server-maint", { server: "learn/web-02" }],
  ["server-weight", { server: "learn/web-02", weight: "25%" }],
  ["backend-hold", { backend: "learn" }],
  ["maintenance-page-on", { frontend: "front" }],
  ["server-out", { server: "learn/web-02" }],
];

test("kill dashboard at every step boundary then resume: of no remedy anything stays that is not told", async (t) => {
  const it = await pair(t);
  const before = await stateOf(it);
  for (const [id, params] of remedies) {
    const plan = await planFor(it, id, params);
    for (let at = 0; ; at += 1) {
      const engine = engineFor(it, plan);
      const end = await engine.run(at);
      if (end !== null) {
        assert.equal(end.kind, "done", `${id} at ${at}`);
        assert.notEqual(await stateOf(it), before, `${id} changes something`);
        await until(plan.verify.title, async () => (await proof(it, plan)).holds);
        break;
      }
      const after = await engine.resume();
      const done = engine.steps().every((step) => step.state === "done");
      assert.equal(after.kind, done ? "done" : "broken", `${id} at ${at}`);
      if (after.kind === "broken") {
        assert.equal(after.state, "failed-clean", `${id} at ${at}: ${after.verdict}`);
        assert.equal(await stateOf(it), before, `${id}, killed at ${at}, is undone`);
      } else await restore(it, before);
    }
    await restore(it, before);
  }
});

async function proof(it: Pair, plan: ActionPlan) {
  const context = { ...bare(it.config), signal: new AbortController().signal, epoch: 1 };
  const more = { remember: async () => undefined, recall: () => undefined, raise: async () => undefined };
  return await plan.verify.probe({ ...context, ...more, clear: async () => undefined });
}

/** By HAProxy's own commands, so that each remedy starts from the same. */
async function restore(it: Pair, wanted: string): Promise<void> {
  for (const balancer of it.balancers) {
    for (const server of ["web-01", "web-02"]) {
      await balancer.ask(`set server learn/${server} state ready`);
      await balancer.ask(`enable health learn/${server}`);
      await balancer.ask(`set weight learn/${server} 10`);
    }
    await balancer.ask(`clear map ${it.config.maintenanceMap}`);
    await until("both are up", async () => (await up(balancer)) === 2);
  }
  assert.equal(await stateOf(it), wanted);
}

test("one of two LBs unreachable: a refused or failed run leaves both exactly as they were", async (t) => {
  const it = await pair(t);
  const [first, second] = it.config.processes;
  assert.ok(first !== undefined && second !== undefined && "socket" in second);
  const broken = {
    ...it,
    config: { ...it.config, processes: [first, { ...second, socket: `${second.socket}.gone` }] },
  };
  const before = await stateOf(it);
  for (const [id, params] of remedies) {
    const plan = await planFor(it, id, params);
    const action = actions.find((each) => each.id === id);
    const blind = action?.plan(broken.config, params, await poll(it.config));
    assert.ok(blind?.ok);
    const checks = await checksOf(broken, blind.value as ActionPlan);
    assert.ok(
      Object.values(checks).some(({ verdict }) => verdict === "unknown"),
      `${id} is refused`,
    );
    // The second one goes away after the checks: what the first one took is taken back.
    const end = await engineFor(broken, blind.value as ActionPlan).run();
    assert.ok(end?.kind === "broken" && end.state === "failed-clean", `${id}: ${JSON.stringify(end)}`);
    assert.deepEqual(end.left, []);
    assert.equal(await stateOf(it), before, id);
    assert.ok(plan.caveat === undefined || /Lost when HAProxy reloads/.test(plan.caveat));
  }
});

test("held servers serve while every check lies, and their checks decide again when they are released", async (t) => {
  const it = await pair(t);
  const [balancer] = it.balancers;
  assert.ok(balancer);
  // The check looks anew: when the plan was made, no server was out.
  const early = await planFor(it, "backend-hold", { backend: "learn" });
  assert.equal((await checksOf(it, early))["most-out"]?.verdict, "warn");
  for (const server of it.servers) server.health = 500;
  for (const each of it.balancers) await until("both are down", () => allDown(each));
  assert.equal((await checksOf(it, early))["most-out"]?.verdict, "pass");
  assert.match(await get(balancer.address, 8080), /^503/);
  const hold = await planFor(it, "backend-hold", { backend: "learn" });
  assert.equal((await checksOf(it, hold))["most-out"]?.verdict, "pass");
  const engine = engineFor(it, hold);
  assert.equal((await engine.run())?.kind, "done");
  assert.equal(await get(balancer.address, 8080), "200 ok");
  assert.equal((await proof(it, hold)).holds, true);
  const held = await poll(it.config);
  assert.ok(held.backends[0]?.servers.every((server) => server.on.every((seen) => seen.checkStopped)));
  const release = await planFor(it, "backend-release", { backend: "learn" });
  assert.equal((await engineFor(it, release).run())?.kind, "done");
  for (const each of it.balancers) await until("the checks decide", () => allDown(each));
  for (const server of it.servers) server.health = 200;
  for (const each of it.balancers) await until("both are up", async () => (await up(each)) === 2);
});

test("the maintenance page stands on both balancers, is told on the board, and a reload that undid it is noticed", async (t) => {
  const it = await pair(t);
  const [balancer] = it.balancers;
  assert.ok(balancer);
  assert.equal(await get(balancer.address, 8080), "200 ok");
  const on = await planFor(it, "maintenance-page-on", { frontend: "front" });
  assert.equal((await engineFor(it, on).run())?.kind, "done");
  for (const port of [8080, 8081]) assert.equal(await get(balancer.address, port), "503 back soon");
  const shown = await poll(it.config);
  assert.deepEqual(shown.frontends[0]?.pageOn, ["lb-1", "lb-2"]);
  const told = judge(shown, manifest.rules).find((finding) => finding.rule === "maintenance-page");
  assert.deepEqual(told?.action, { id: "maintenance-page-off", params: { frontend: "front" } });
  await it.balancers[1]?.ask("set weight learn/web-01 3");
  const weighed = await poll(it.config, shown);
  await it.balancers[1]?.reload();
  const after = await poll(it.config, weighed);
  assert.deepEqual(after.processes[1]?.restart?.lost, ["front (maintenance page)", "learn/web-01 (weight)"]);
  const off = await planFor(it, "maintenance-page-off", { frontend: "front" });
  assert.equal((await engineFor(it, off).run())?.kind, "done");
  for (const port of [8080, 8081]) assert.equal(await get(balancer.address, port), "200 ok");
});

test("sticky session never ends: the server is brought back, and nobody is cut off", {
  timeout: 480_000,
}, async (t) => {
  const it = await pair(t);
  const [balancer] = it.balancers;
  assert.ok(balancer);
  for (const server of it.servers) server.delayMs = 8_000;
  const before = await stateOf(it);
  const visits = [1, 2].map(() => get(balancer.address, 8080));
  await until(
    "both servers work on one",
    async () => (await balancer.ask("show stat")).match(/^learn,web-0\d,0,0,1,/gm)?.length === 2,
  );
  const plan = await planFor(it, "server-out", { server: "learn/web-02" });
  const impatient = {
    ...plan,
    steps: plan.steps.map((step) => (step.id === "empty" ? { ...step, timeoutMs: 300 } : step)),
  };
  const end = await engineFor(it, impatient).run();
  assert.ok(end?.kind === "broken" && end.state === "failed-clean", JSON.stringify(end));
  assert.equal(await stateOf(it), before);
  assert.deepEqual(await Promise.all(visits), ["200 ok", "200 ok"], "nobody's request was cut off");
});

test("app never healthy: the server stays out on both balancers, and that is told", { timeout: 480_000 }, async (t) => {
  const it = await pair(t);
  const [, second] = it.servers;
  assert.ok(second);
  const server = "learn/web-02";
  const [out, into] = [await planFor(it, "server-out", { server }), await planFor(it, "server-in", { server })];
  const restart = async () => {
    second.health = 503;
    return ok("restarted");
  };
  const steps = [
    ...out.steps,
    { id: "restart", title: "Restart", does: "", timeoutMs: 1_000, noReturn: true as const, run: restart },
    ...into.steps.map((step) => (step.id === "fit" ? { ...step, timeoutMs: 2_500 } : step)),
  ];
  const end = await engineFor(it, { ...into, steps }).run();
  assert.ok(end?.kind === "broken" && end.state === "failed-partial", JSON.stringify(end));
  assert.match(end.verdict, /^Failed at: Wait until web-02 passes its checks.*Still in effect: .*web-02/s);
  assert.equal(end.left.length, 2, "an alarm names it on each balancer");
  for (const balancer of it.balancers) {
    assert.match(await balancer.ask("show servers state learn"), / web-02 \S+ \d 8 /, "it is still drained");
  }
});

test("a share that a small weight cannot have is refused, not told as done", async (t) => {
  const it = await pair(t);
  const fine = await planFor(it, "server-weight", { server: "learn/web-01", weight: "25%" });
  assert.equal((await checksOf(it, fine)).divisible?.verdict, "pass");
  const small = await planFor(it, "server-weight", { server: "small/one", weight: "25%" });
  const told = (await checksOf(it, small)).divisible;
  assert.equal(told?.verdict, "block");
  assert.match(told?.evidence ?? "", /lb-1: 1 of 1; .*25% of that is all of it/);
});

test("a name or share that would end the command never reaches HAProxy", async (t) => {
  const it = await pair(t);
  const detail = await poll(it.config);
  const bad = "learn;disable frontend front";
  for (const action of actions) {
    for (const params of [
      { server: bad, backend: bad, frontend: bad },
      { server: "learn/web-01", weight: "0%;x" },
    ]) {
      const plan = action.plan(it.config, params, detail);
      if ("weight" in params && action.id !== "server-weight" && action.id.startsWith("server-")) continue;
      assert.ok(!plan.ok && plan.error.kind === "no-such-object", action.id);
    }
  }
});
