import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Backend, ownAddress, type RealHaproxy, startBackend, startHaproxy, until } from "#e2e/servers/haproxy.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { stepMemory } from "#e2e/step-memory.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { actions } from "#lib/integrations/haproxy/actions.ts";
import { collect } from "#lib/integrations/haproxy/collector.ts";
import { type HaproxyConfig, haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { manifest } from "#lib/integrations/haproxy/manifest.ts";
import type { ActionContext, ActionPlan, Sample } from "#lib/integrations/integration.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createTcp } from "#lib/transports/tcp.ts";
import type { Transports } from "#lib/transports/types.ts";

const notHere = async () => err(failure("internal", "this test reaches nothing by ssh or postgres"));
const transports = (): Transports => ({
  http: createHttp(createReach(onLoopback)),
  tcp: createTcp(notHere, createReach(onLoopback)),
  ssh: { run: notHere },
  postgres: { query: notHere },
});
const secret = (reference: string): Result<string> =>
  reference === "env:STATS_PASSWORD" ? ok("labpass") : err(failure("secret-missing", `${reference} is not set`));

interface Scene {
  readonly servers: readonly Backend[];
  readonly haproxy: RealHaproxy;
}

/** Three checked servers in `learn`, one unchecked in `static`, a stats page that may act and one that may not. */
async function scene(t: TestContext): Promise<Scene> {
  const address = ownAddress();
  const servers = await Promise.all([1, 2, 3].map(() => startBackend(t, address)));
  const lines = servers.map((server, index) => `    server web-0${index + 1} ${server.address} check maxconn 20`);
  const haproxy = await startHaproxy(
    t,
    address,
    `frontend fe_web
    bind ${address}:8080
    use_backend static if { path_beg /static }
    default_backend learn
backend learn
    option httpchk GET /health
${lines.join("\n")}
backend static
    server one ${servers[0]?.address}
    server off ${servers[0]?.address} disabled
listen stats
    bind ${address}:8404
    stats enable
    stats uri /stats
    stats auth admin:labpass
    stats admin if TRUE
    stats uri /stats
listen looking
    bind ${address}:8405
    stats enable
    stats uri /stats`,
  );
  const all = async () => (await haproxy.ask("show stat")).match(/^learn,web-0\d,.*,UP,/gm)?.length === 3;
  await until("all three servers are up", all);
  return { servers, haproxy };
}

function overSocket({ haproxy }: Scene, level: "admin" | "operator" | "user" = "admin"): HaproxyConfig {
  return haproxyConfig.parse({ processes: [{ name: "lb-1", socket: haproxy.sockets[level] }], healthPath: "/health" });
}

function overPage({ haproxy }: Scene, more: Record<string, unknown> = {}): HaproxyConfig {
  const page = { stats: `http://${haproxy.address}:8404/stats`, user: "admin", password: "env:STATS_PASSWORD" };
  return haproxyConfig.parse({ processes: [{ name: "lb-1", ...page, ...more }] });
}

async function poll(
  config: HaproxyConfig,
  previous?: { readonly detail: HaproxyDetail; readonly at: number },
  timeoutMs = 20_000,
) {
  const at = Date.now();
  const signal = new AbortController().signal;
  const context = { config, transports: transports(), secret, signal, timeoutMs, now: () => at, previous };
  return { at, sample: await collect(context) };
}

async function detailOf(config: HaproxyConfig): Promise<HaproxyDetail> {
  return goodDetail((await poll(config)).sample);
}

function goodDetail(sample: Result<Sample<HaproxyDetail>>): HaproxyDetail {
  assert.ok(sample.ok, sample.ok ? "" : sample.error.what);
  return sample.value.detail;
}

function contextOf(config: HaproxyConfig, lines: string[] = []): ActionContext<HaproxyConfig, HaproxyDetail> {
  return {
    ...stepMemory(),
    serviceId: "lb",
    config,
    transports: transports(),
    secret,
    signal: new AbortController().signal,
    now: Date.now,
    output: (line) => lines.push(line),
    sleep: (ms) => pause(ms),
    poll: async () => (await poll(config)).sample,
  };
}

type Plan = ActionPlan<HaproxyConfig, HaproxyDetail>;

async function planFor(config: HaproxyConfig, id: string, server: string): Promise<Plan> {
  const action = actions.find((each) => each.id === id);
  assert.ok(action);
  const plan = action.plan(config, { server }, await detailOf(config));
  assert.ok(plan.ok, plan.ok ? "" : plan.error.what);
  return plan.value;
}

/** Checks, steps and verification, as the engine runs them. */
async function runPlan(config: HaproxyConfig, plan: Plan) {
  const lines: string[] = [];
  const context = contextOf(config, lines);
  for (const check of plan.preflight) {
    const result = await check.run(context);
    assert.ok(
      result.verdict === "pass" || result.verdict === "warn",
      `${check.id}: ${result.verdict}, ${result.evidence}`,
    );
  }
  const evidence: string[] = [];
  for (const step of plan.steps) {
    const done = await step.run(context);
    assert.ok(done.ok, done.ok ? "" : `${done.error.what} ${done.error.said ?? ""}`);
    evidence.push(done.value);
  }
  await until(plan.verify.title, async () => (await plan.verify.probe(context)).holds);
  return { evidence, lines };
}

async function verdictOf(config: HaproxyConfig, plan: Plan, id: string) {
  const check = plan.preflight.find((each) => each.id === id);
  assert.ok(check, `no check ${id}`);
  return check.run(contextOf(config));
}

/** `srv_admin_state` by HAProxy's own word. */
async function adminState(haproxy: RealHaproxy, backend: string, server: string): Promise<number> {
  const line = (await haproxy.ask(`show servers state ${backend}`))
    .split("\n")
    .find((each) => each.split(" ")[3] === server);
  return Number(line?.split(" ")[6]);
}

async function get(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent: false }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      })
      .on("error", reject);
  });
}

test("what the socket says is what the board says", async (t) => {
  const it = await scene(t);
  const detail = await detailOf(overSocket(it));
  const [lb] = detail.processes;
  assert.equal(lb?.level, "admin");
  assert.match(await it.haproxy.ask("show info"), new RegExp(`^Pid: ${lb?.pid}$`, "m"));
  const learn = detail.backends.find((backend) => backend.name === "learn");
  assert.deepEqual(
    learn?.servers.map((server) => [server.name, server.state, server.admin, server.address]),
    [
      ["web-01", "up", "ready", it.servers[0]?.address],
      ["web-02", "up", "ready", it.servers[1]?.address],
      ["web-03", "up", "ready", it.servers[2]?.address],
    ],
  );
  assert.equal(manifest.summarise(detail), "4 of 5 servers up");
  assert.equal(
    judge(detail, manifest.rules).some((finding) => finding.subject === "learn"),
    false,
  );
});

test("drain, maintenance and ready reach HAProxy itself", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const { evidence, lines } = await runPlan(config, await planFor(config, "server-drain", "learn/web-02"));
  assert.equal(await adminState(it.haproxy, "learn", "web-02"), 8);
  assert.deepEqual(evidence, ["the state of web-02 on lb-1 is drain"]);
  assert.match(lines.at(-1) ?? "", /^lb-1: DRAIN, 0 sessions left$/);
  const drained = judge(await detailOf(config), manifest.rules).find((finding) => finding.node === "web-02");
  assert.equal(drained?.severity, "info");
  assert.deepEqual(drained?.action, { id: "server-ready", params: { server: "learn/web-02" } });

  await runPlan(config, await planFor(config, "server-maint", "learn/web-02"));
  assert.equal(await adminState(it.haproxy, "learn", "web-02"), 1);
  await runPlan(config, await planFor(config, "server-ready", "learn/web-02"));
  assert.equal(await adminState(it.haproxy, "learn", "web-02"), 0);
});

test("a step that is undone puts back the state it found, not just ready", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  await it.haproxy.ask("set server learn/web-03 state drain");
  const [step] = (await planFor(config, "server-maint", "learn/web-03")).steps;
  assert.ok(step?.undo);
  const context = contextOf(config);
  assert.ok((await step.run(context)).ok);
  assert.equal(await adminState(it.haproxy, "learn", "web-03"), 1);
  assert.ok((await step.undo(context)).ok);
  assert.equal(await adminState(it.haproxy, "learn", "web-03"), 8);
});

test("a command that was taken is never told as nothing changed, though HAProxy could not be read after it", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const [step] = (await planFor(config, "server-drain", "learn/web-03")).steps;
  assert.ok(step);
  const context = contextOf(config);
  const { tcp } = context.transports;
  let taken = false;
  const exchange: typeof tcp.exchange = async (request) => {
    // From the command on, nobody listens where the socket was.
    const answer = await tcp.exchange(taken ? { ...request, to: `${request.to}.gone` } : request);
    taken ||= String(request.send).startsWith("set server");
    return answer;
  };
  const done = await step.run({ ...context, transports: { ...context.transports, tcp: { ...tcp, exchange } } });
  assert.ok(taken && !done.ok);
  assert.equal(done.error.kind, "cannot-see");
  assert.match(done.error.what, /took the command/);
  assert.equal(await adminState(it.haproxy, "learn", "web-03"), 8);
});

test("the last serving server cannot be taken out", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  await it.haproxy.ask("set server learn/web-02 state maint");
  const warned = await verdictOf(config, await planFor(config, "server-drain", "learn/web-01"), "servers-left");
  assert.deepEqual(warned, { verdict: "warn", evidence: "lb-1: 1 of 3 servers stay in rotation" });
  await it.haproxy.ask("set server learn/web-03 state drain");
  const blocked = await verdictOf(config, await planFor(config, "server-drain", "learn/web-01"), "servers-left");
  assert.equal(blocked.verdict, "block");
  assert.match(blocked.evidence, /learn would answer 503/);
});

test("a server is not brought back while its health page fails", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const [, web02] = it.servers;
  assert.ok(web02);
  await it.haproxy.ask("set server learn/web-02 state maint");
  web02.health = 500;
  const inMaint = await verdictOf(config, await planFor(config, "server-ready", "learn/web-02"), "health");
  assert.equal(inMaint.verdict, "block");
  assert.match(inMaint.evidence, /\/health answers HTTP\/1\.1 500/);
  web02.health = 200;
  const well = await verdictOf(config, await planFor(config, "server-ready", "learn/web-02"), "health");
  assert.equal(well.verdict, "pass", well.evidence);

  await it.haproxy.ask("set server learn/web-02 state drain");
  web02.health = "hang";
  await until("HAProxy's check fails", async () => /^learn,web-02,.*,DOWN,/m.test(await it.haproxy.ask("show stat")));
  const failing = await verdictOf(config, await planFor(config, "server-ready", "learn/web-02"), "health");
  assert.equal(failing.verdict, "block");
  assert.match(failing.evidence, /L7TOUT: no answer from \/health within /);
  const server = (await detailOf(config)).backends[0]?.servers[1];
  assert.deepEqual([server?.status, server?.admin, server?.planned], ["DOWN", "drain", true]);
});

test("below level admin nothing is offered, and HAProxy's refusal is `forbidden`", async (t) => {
  const it = await scene(t);
  const config = overSocket(it, "operator");
  const offer = actions[0]?.offer(config, await detailOf(config));
  assert.match(offer?.blocked ?? "", /level operator; changes need level admin/);
  const plan = await planFor(config, "server-drain", "learn/web-01");
  assert.equal((await verdictOf(config, plan, "right")).verdict, "block");
  const refused = await plan.steps[0]?.run(contextOf(config));
  assert.ok(refused && !refused.ok);
  assert.deepEqual([refused.error.kind, refused.error.said], ["forbidden", "Permission denied"]);
  assert.equal(await adminState(it.haproxy, "learn", "web-01"), 0);
});

test("a name that would end the command never reaches HAProxy", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const detail = await detailOf(config);
  for (const server of [
    "learn/web-01 state maint;disable frontend fe_web",
    "learn/web-01\n",
    "learn/nosuch",
    "",
    "learn",
  ]) {
    const plan = actions[0]?.plan(config, { server }, detail);
    assert.ok(plan && !plan.ok);
    assert.equal(plan.error.kind, "no-such-object");
  }
});

test("a reload is neither a negative rate nor a spike, and tells what it forgot", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  await it.haproxy.ask("set server learn/web-02 state drain");
  const visit = async (times: number) => {
    for (let n = 0; n < times; n++) assert.equal(await get(`http://${it.haproxy.address}:8080/`), 200);
  };
  await visit(30);
  const first = await poll(config);
  const before = { detail: goodDetail(first.sample), at: first.at };
  await visit(5);
  const second = await poll(config, before);
  const middle = { detail: goodDetail(second.sample), at: second.at };
  const rate = middle.detail.backends[0]?.rates.requestsPerS ?? 0;
  assert.ok(Math.abs(rate - 5_000 / (second.at - first.at)) < 0.01, `${rate} requests/s`);
  assert.equal(middle.detail.backends[0]?.errors5xxPercent, 0);

  await it.haproxy.reload();
  await visit(3);
  const third = await poll(config, middle);
  const after = { detail: goodDetail(third.sample), at: third.at };
  assert.ok(Object.values(after.detail.backends[0]?.rates ?? {}).every((value) => value === null));
  assert.deepEqual(after.detail.processes[0]?.restart, { seenAt: third.at, lost: ["learn/web-02 (drain)"] });
  const told = judge(after.detail, manifest.rules).find((finding) => finding.rule === "restarted");
  assert.match(told?.message ?? "", /forgot what was set at run time: learn\/web-02 \(drain\)/);

  await visit(2);
  const fourth = goodDetail((await poll(config, after)).sample);
  assert.ok((fourth.backends[0]?.rates.requestsPerS ?? 0) > 0);
  assert.notEqual(fourth.processes[0]?.restart, null);
});

test("HAProxy reload during drain: the verification fails and does not pass", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const plan = await planFor(config, "server-drain", "learn/web-02");
  await runPlan(config, plan);
  await it.haproxy.reload();
  const seen = await plan.verify.probe(contextOf(config));
  assert.equal(seen.holds, false);
  assert.match(seen.evidence, /not drain yet/);
});

test("a server that stops answering is told with HAProxy's reason, in words", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  await it.servers[0]?.close();
  await until("web-01 is down", async () => /^learn,web-01,.*,DOWN,/m.test(await it.haproxy.ask("show stat")));
  const finding = judge(await detailOf(config), manifest.rules).find((each) => each.rule === "server-down");
  assert.deepEqual([finding?.node, finding?.subject, finding?.severity], ["web-01", "learn", "warning"]);
  assert.match(finding?.message ?? "", /^web-01: down in learn for .*, L4CON: /);
});

test("the stats page tells the same, as CSV and as JSON, and acts", async (t) => {
  const it = await scene(t);
  const [csv, json] = await Promise.all([detailOf(overPage(it)), detailOf(overPage(it, { format: "json" }))]);
  const shape = (detail: HaproxyDetail) =>
    detail.backends.map((each) => [each.name, each.status, each.servers.map((server) => [server.name, server.status])]);
  assert.deepEqual(shape(csv), shape(json));
  const config = overPage(it);
  await runPlan(config, await planFor(config, "server-drain", "learn/web-02"));
  assert.equal(await adminState(it.haproxy, "learn", "web-02"), 8);
  await runPlan(config, await planFor(config, "server-ready", "learn/web-02"));
  assert.equal(await adminState(it.haproxy, "learn", "web-02"), 0);
  await runPlan(config, await planFor(config, "server-maint", "learn/web-03"));
  assert.equal(await adminState(it.haproxy, "learn", "web-03"), 1);
  await runPlan(config, await planFor(config, "server-ready", "learn/web-03"));
});

test("a server that the configuration disables can be brought back, and the plan says for how long", async (t) => {
  const it = await scene(t);
  const config = overSocket(it);
  const plan = await planFor(config, "server-ready", "static/off");
  assert.match(plan.caveat ?? "", /says disabled: the next reload takes it out again/);
  await runPlan(config, plan);
  assert.equal(await adminState(it.haproxy, "static", "off"), 4);
});

test("a stats page that may not act, a wrong password and a missing page are each their own failure", async (t) => {
  const it = await scene(t);
  const looking = overPage(it, { stats: `http://${it.haproxy.address}:8405/stats` });
  const plan = await planFor(looking, "server-drain", "learn/web-01");
  assert.equal((await verdictOf(looking, plan, "right")).verdict, "block");
  const refused = await plan.steps[0]?.run(contextOf(looking));
  assert.equal(refused && !refused.ok && refused.error.kind, "forbidden");
  const kindOf = async (more: Record<string, unknown>) => {
    const { sample } = await poll(overPage(it, more));
    return sample.ok ? "ok" : sample.error.kind;
  };
  assert.equal(await kindOf({ user: "nobody" }), "unauthorized");
  assert.equal(await kindOf({ password: "env:NOT_THERE" }), "secret-missing");
  assert.equal(await kindOf({ stats: `http://${it.haproxy.address}:8080/` }), "wrong-content-type");
  assert.equal(await kindOf({ stats: `http://${it.haproxy.address}:9/stats` }), "refused");
  assert.equal(await kindOf({ format: "json", stats: `http://${it.haproxy.address}:8404/other` }), "command-failed");
});

test("of a pair, one that does not answer leaves the other's truth on the board", async (t) => {
  const it = await scene(t);
  const pair = haproxyConfig.parse({
    processes: [
      { name: "lb-1", socket: it.haproxy.sockets.admin },
      { name: "lb-2", socket: `${it.haproxy.folder}/none.sock` },
    ],
  });
  const detail = await detailOf(pair);
  assert.equal(detail.processes[1]?.failure?.kind, "not-running");
  const finding = judge(detail, manifest.rules).find((each) => each.rule === "process-unreachable");
  assert.deepEqual([finding?.node, finding?.severity], ["lb-2", "warning"]);
  assert.match(actions[0]?.offer(pair, detail).blocked ?? "", /lb-2 tells nothing/);
  const plan = await planFor(pair, "server-drain", "learn/web-01");
  assert.equal((await verdictOf(pair, plan, "found")).verdict, "unknown");
});

test("an action reaches both balancers of a pair, and a state set on one only is told", async (t) => {
  const [one, two] = [await scene(t), await scene(t)];
  const pair = haproxyConfig.parse({
    processes: [
      { name: "lb-1", socket: one.haproxy.sockets.admin },
      { name: "lb-2", socket: two.haproxy.sockets.admin },
    ],
  });
  await one.haproxy.ask("set server learn/web-01 state drain");
  const half = judge(await detailOf(pair), manifest.rules).find((each) => each.rule === "processes-disagree");
  assert.match(half?.message ?? "", /lb-1 says DRAIN, lb-2 says UP/);
  await runPlan(pair, await planFor(pair, "server-drain", "learn/web-01"));
  assert.equal(await adminState(two.haproxy, "learn", "web-01"), 8);
  assert.equal(
    judge(await detailOf(pair), manifest.rules).some((each) => each.rule === "processes-disagree"),
    false,
  );
});

test("a process that hangs takes nothing from the other's answer", async (t) => {
  const it = await scene(t);
  const silent = net.createServer((socket) => socket.on("error", () => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(`${it.haproxy.folder}/hung.sock`, resolve));
  t.after(() => silent.close());
  const pair = haproxyConfig.parse({
    processes: [
      { name: "lb-1", socket: `${it.haproxy.folder}/hung.sock` },
      { name: "lb-2", socket: it.haproxy.sockets.admin },
    ],
  });
  const { sample } = await poll(pair, undefined, 5_000);
  const detail = goodDetail(sample);
  assert.match(detail.processes[0]?.failure?.what ?? "", /within 4\.\d s$/, "less than what the poll has");
  assert.deepEqual(
    detail.processes.map(({ failure }) => failure?.kind ?? "well"),
    ["timeout", "well"],
  );
  assert.equal(detail.backends[0]?.servers.length, 3);
});

test("a server whose agent gives it no weight stands by: it is neither missing nor planned out", async (t) => {
  const address = ownAddress();
  const servers = await Promise.all([1, 2].map(() => startBackend(t, address)));
  const agent = net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("up 0%\n");
  });
  await new Promise<void>((resolve) => agent.listen(0, address, resolve));
  t.after(() => agent.close());
  const { port } = agent.address() as net.AddressInfo;
  const haproxy = await startHaproxy(
    t,
    address,
    `backend write
    mode tcp
    server pg-1 ${servers[0]?.address} check
    server pg-2 ${servers[1]?.address} check agent-check agent-addr ${address} agent-port ${port} agent-inter 100ms`,
  );
  await until("the agent has spoken", async () => /^write,pg-2,.*,UP,0,/m.test(await haproxy.ask("show stat")));
  const detail = await detailOf(haproxyConfig.parse({ processes: [{ name: "lb-1", socket: haproxy.sockets.admin }] }));
  const [, second] = detail.backends[0]?.servers ?? [];
  assert.deepEqual([second?.standby, second?.inRotation, second?.planned], [true, false, false]);
  assert.equal(manifest.summarise(detail), "2 of 2 servers up");
  assert.deepEqual(judge(detail, manifest.rules), []);
});
