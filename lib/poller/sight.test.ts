import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pino } from "pino";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { blindWordsOf, type Interruption } from "#lib/core/distrust.ts";
import { failure } from "#lib/core/failure.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { startPoller } from "#lib/poller/poller.ts";
import { createSight } from "#lib/poller/sight.ts";
import { readBeat } from "#lib/store/beat.ts";
import { listEvents } from "#lib/store/events.ts";
import { openStore } from "#lib/store/open-store.ts";
import { findState } from "#lib/store/states.ts";
import { createTransports } from "#lib/transports/transports.ts";
import { boardView } from "#lib/views/board-view.ts";
import type { Board } from "#lib/wire/board.ts";

/** A sight with clocks of its own. */
function sightAt() {
  const clock = { now: 1_000_000, tick: 0 };
  const interruptions: Interruption[] = [];
  const sight = createSight({
    now: () => clock.now,
    tick: () => clock.tick,
    interrupted: (interruption) => interruptions.push(interruption),
  });
  sight.look();
  const pass = (ms: number, alsoClock = ms) => {
    clock.tick += ms;
    clock.now += alsoClock;
    sight.look();
  };
  const poll = (serviceId: string, failed = false, startedAt = clock.tick) =>
    sight.trustOf({
      serviceId,
      intervalMs: 1_000,
      startedAt,
      reaches: [{ host: serviceId, failure: failed ? failure("timeout", "") : null }],
      failed,
    });
  return { clock, sight, interruptions, pass, poll };
}

describe("trust in a poll", () => {
  it("only observes the first five polls of a service", () => {
    const { pass, poll } = sightAt();
    const held = Array.from({ length: 7 }, () => {
      pass(1_000);
      return poll("a").held;
    });
    assert.deepEqual(held, [true, true, true, true, true, false, false]);
  });

  it("only observes again after the clock jumped, and says so until all were checked often enough", () => {
    const { pass, poll, sight, interruptions } = sightAt();
    for (let n = 0; n < 7; n += 1) {
      pass(1_000);
      poll("a");
    }
    assert.equal(sight.observing(), null);
    pass(100, 3_600_100);
    assert.deepEqual(interruptions, [{ kind: "clock", byMs: 3_600_000 }]);
    assert.match(sight.observing() ?? "", /jumped forward by 1 h/);
    for (let n = 0; n < 5; n += 1) {
      pass(1_000);
      assert.equal(poll("a").held, true);
    }
    pass(1_000);
    assert.equal(poll("a").held, false);
    assert.equal(sight.observing(), null);
  });

  it("is not lost by a start that takes long", () => {
    const clock = { now: 1_000_000, tick: 0 };
    const seen: Interruption[] = [];
    const sight = createSight({ now: () => clock.now, tick: () => clock.tick, interrupted: (one) => seen.push(one) });
    clock.tick += 60_000;
    clock.now += 60_000;
    sight.look();
    assert.deepEqual([seen, sight.observing()], [[], null]);
  });

  it("has none in a check that failed while the poller stood still, and full trust in what it answered", () => {
    const { clock, pass, poll } = sightAt();
    const begun = clock.tick;
    pass(60_000);
    assert.equal(poll("a", true, begun).blind?.kind, "cannot-see");
    assert.equal(poll("b", false, begun).blind, null);
    pass(1_000);
    assert.equal(poll("a", true).blind, null);
  });

  it("has none in what is lost while most is lost, and tells since when", () => {
    const { clock, pass, poll, sight } = sightAt();
    for (const id of ["a", "b", "c", "d"]) poll(id);
    pass(500);
    const lostAt = clock.now;
    assert.equal(poll("a", true).blind, null);
    pass(100);
    assert.equal(poll("b", true).blind, null);
    pass(100);
    assert.equal(poll("c", true).blind?.kind, "cannot-see");
    assert.equal(sight.blind()?.since, lostAt);
    assert.deepEqual(sight.lost(), ["a", "b", "c"]);
    pass(500);
    for (const id of ["a", "b", "c", "d"]) poll(id);
    assert.equal(sight.blind(), null);
  });
});

async function pollerOn(t: TestContext, urls: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-sight-"));
  const file = join(folder, "pitwall.yaml");
  const services = Object.entries(urls).map(
    ([id, url]) => `  - { id: ${id}, kind: http, url: "${url}", interval: 1s, timeout: 800ms }\n`,
  );
  await writeFile(file, `services:\n${services.join("")}`);
  const config = readConfig(file);
  if (!config.ok) assert.fail(JSON.stringify(config.error));
  const secrets = createKnownSecrets(file, {}, () => undefined);
  const poller = await startPoller({
    config: config.value,
    dataFolder: join(folder, "data"),
    registry,
    transports: createTransports({ reach: onLoopback, hosts: {}, secret: secrets.resolve }),
    secrets,
    log: pino({ level: "silent" }),
  });
  t.after(async () => {
    await poller.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return poller;
}

const statusesOf = (board: Board) => Object.fromEntries(board.services.map(({ id, status }) => [id, status]));

describe("a poller whose network is lost", () => {
  it("says that it cannot see, calls nothing down that it cannot reach, and believes what still answers", async (t) => {
    const server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    t.after(() => server.close());
    const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const gone = ["a", "b", "c", "d", "e"].map((id) => [id, `http://${id}.invalid/`] as const);
    const poller = await pollerOn(t, { here, ...Object.fromEntries(gone) });
    const blind = await until("it is blind", async () => {
      const board = await boardView(poller.store, wholeSight, Date.now());
      const all = board.services.every(({ id, status }) => status === (id === "here" ? "ok" : "unknown"));
      return all && board.verdict.sentence.includes("5 of 6") && board;
    });
    assert.match(blind.verdict.sentence, /^Pitwall cannot see: 5 of 6 checks over the network reached nobody/);
    assert.deepEqual(statusesOf(blind), {
      here: "ok",
      a: "unknown",
      b: "unknown",
      c: "unknown",
      d: "unknown",
      e: "unknown",
    });
    assert.equal(blind.services.find(({ id }) => id === "a")?.failure?.kind, "cannot-see");
    const events = await poller.store.read((r) => listEvents(r, { from: 0, to: Date.now() + 1_000, limit: 500 }));
    assert.deepEqual(
      events.filter((event) => event.state === "hard").map(({ text }) => text),
      [],
    );
  });

  it("tells a program that refuses on this machine from a lost network", async (t) => {
    const refusing = [1, 2, 3, 4].map((n) => [`s${n}`, `http://127.0.0.${n}:9/`] as const);
    const poller = await pollerOn(t, Object.fromEntries(refusing));
    // A busy machine that stood still a moment says so, for a while; that it cannot see it must never say.
    await until("all are critical and confirmed", async () => {
      const { services, poller: told } = await boardView(poller.store, wholeSight, Date.now());
      assert.equal(blindWordsOf(told.notices), null);
      return (
        told.notices.length === 0 && services.every(({ status, state }) => status === "critical" && state === "hard")
      );
    });
  });
});

describe("a poller that is stopped and goes on", () => {
  it("tells the time it did not measure as a gap, and keeps over a restart what was confirmed", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "pitwall-sight-"));
    // Undone last to first: what writes into the folder must have stopped before it goes.
    const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
    t.after(async () => {
      for (const step of undo.reverse()) await step();
    });
    for (const id of ["near", "far"]) await writeFile(join(folder, id), "good");
    const program = fork(join(import.meta.dirname, "../../e2e/drill/flag-poller.ts"), [folder], { stdio: "ignore" });
    program.on("error", () => undefined);
    undo.push(() => program.kill("SIGKILL"));
    await once(program, "message");
    const store = await openStore({ file: join(folder, "data", "pitwall.db") });
    undo.push(() => store.close());
    const hardOf = async (id: string) => (await store.read((r) => findState(r, id)))?.memory.hard;
    await until("both are confirmed", async () => (await hardOf("near")) === "ok" && (await hardOf("far")) === "ok");
    await writeFile(join(folder, "near"), "bad");
    await until("one is confirmed as critical", async () => (await hardOf("near")) === "critical");

    const stoppedAt = Date.now();
    program.kill("SIGSTOP");
    const beatAt = await until("it is silent", async () => {
      const beat = await store.read(readBeat);
      return beat !== null && Date.now() - beat.beatAt > 7_500 && beat.beatAt;
    });
    const silent = await boardView(store, wholeSight, Date.now());
    assert.deepEqual(statusesOf(silent), { near: "unknown", far: "unknown" });
    const wentOnAt = Date.now();
    program.kill("SIGCONT");
    const gap = await until("it tells the gap", async () => {
      const events = await store.read((r) => listEvents(r, { from: beatAt, to: Date.now() + 1_000, limit: 100 }));
      return events.find((event) => event.kind === "poller" && event.since !== null && event.since !== undefined);
    });
    assert.match(gap.text, /^The poller stood still for/);
    // From its last look, which a busy machine may have kept waiting, to its first one afterwards.
    const since = gap.since ?? 0;
    assert.ok(since > stoppedAt - 5_000 && since < stoppedAt + 1_000, `since ${since - stoppedAt} ms`);
    assert.ok(gap.at >= wentOnAt && gap.at - since > 6_000, `for ${gap.at - since} ms`);
    await until("the board says why it holds back", async () =>
      (await boardView(store, wholeSight, Date.now())).poller.notices.some(({ kind }) => kind === "observing"),
    );

    const exited = once(program, "exit");
    program.kill("SIGKILL");
    await exited;
    const successor = await startFlagPoller(folder);
    undo.push(successor.stop);
    await until(
      "it is polled again",
      async () => statusesOf(await boardView(store, wholeSight, Date.now())).near === "critical",
    );
    const state = (await boardView(store, wholeSight, Date.now())).services.find(({ id }) => id === "near");
    assert.deepEqual([state?.status, state?.state], ["critical", "hard"]);
  });
});
