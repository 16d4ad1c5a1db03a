import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pino } from "pino";
import { person } from "#e2e/people.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { chooseConfirmation } from "#lib/commands/choose-confirmation.ts";
import { requestPoll } from "#lib/commands/request-poll.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { type Poller, type PollerParts, startPoller } from "#lib/poller/poller.ts";
import { listAudit } from "#lib/store/audit.ts";
import { listEvents } from "#lib/store/events.ts";
import { insertPolls, listPolls, type PollRow } from "#lib/store/history.ts";
import { createTransports } from "#lib/transports/transports.ts";
import { boardView } from "#lib/views/board-view.ts";
import { explainView } from "#lib/views/explain-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { pollRequestView } from "#lib/views/poll-request-view.ts";
import { readyView } from "#lib/views/ready-view.ts";
import type { BoardService } from "#lib/wire/board.ts";

const actor = person("ann");

const stops = new WeakMap<TestContext, (() => Promise<void>)[]>();

async function freshFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-poller-"));
  // Hooks run in the order they were made; what still writes into the folder must have stopped before it goes.
  t.after(async () => {
    for (const stop of stops.get(t) ?? []) await stop();
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A real server; its listener may be swapped while it runs. */
async function serve(t: TestContext, listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

const answers =
  (status: number): RequestListener =>
  (_request, response) => {
    response.statusCode = status;
    response.end("hello");
  };

interface Entry {
  readonly id: string;
  readonly url: string;
  readonly more?: string;
  /** How often, and how long it may take. */
  readonly beat?: string;
}

function yaml(entries: readonly Entry[]): string {
  const services = entries.map(
    ({ id, url, more = "", beat = "    interval: 1s\n    timeout: 900ms\n" }) =>
      `  - id: ${id}\n    kind: http\n    name: Site ${id}\n    url: ${url}\n${beat}${more}`,
  );
  return `services:\n${services.join("")}`;
}

async function start(t: TestContext, folder: string, entries: readonly Entry[], more: Partial<PollerParts> = {}) {
  const file = join(folder, "pitwall.yaml");
  await writeFile(file, yaml(entries));
  const config = readConfig(file);
  if (!config.ok) assert.fail(JSON.stringify(config.error));
  const secrets = createKnownSecrets(file, process.env, () => undefined);
  const poller = await startPoller({
    config: config.value,
    dataFolder: join(folder, "data"),
    registry,
    transports: createTransports({ reach: onLoopback, hosts: config.value.hosts, secret: secrets.resolve }),
    secrets,
    readConfig: (name) => readConfig(name),
    log: pino({ level: "silent" }),
    ...more,
  });
  const stopOnce = once(() => poller.stop());
  stops.set(t, [...(stops.get(t) ?? []), stopOnce]);
  return { ...poller, stop: stopOnce, file };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}

async function service({ store }: Pick<Poller, "store">, id: string): Promise<BoardService | undefined> {
  return (await boardView(store, wholeSight, Date.now())).services.find((one) => one.id === id);
}

async function untilStatus(poller: Pick<Poller, "store">, id: string, status: string): Promise<BoardService> {
  return await until(`${id} is ${status}`, async () => {
    const seen = await service(poller, id);
    return seen?.status === status ? seen : undefined;
  });
}

describe("the poller", () => {
  it("shows a real site as ok, and as not ok from the next poll on once it fails", async (t) => {
    let listener = answers(200);
    const { url } = await serve(t, (request, response) => listener(request, response));
    const poller = await start(t, await freshFolder(t), [{ id: "a", url }]);
    const well = await untilStatus(poller, "a", "ok");
    assert.ok(well.summary.length > 0 && well.trend.at.length > 0 && well.failure === null);
    listener = answers(503);
    const brokeAt = Date.now();
    const broken = await until("a is in trouble", async () => {
      const seen = await service(poller, "a");
      return seen?.status === "critical" || seen?.status === "warning" ? seen : undefined;
    });
    assert.ok(broken.findings.length > 0);
    const after = await poller.store.read((r) => listPolls(r, "a", { from: brokeAt, to: Date.now(), limit: 20 }));
    const stillGood = after.filter((poll) => poll.status === "ok").length;
    assert.ok(stillGood <= 1, "only a poll that was under way may still say ok");
    const events = await poller.store.read((r) => listEvents(r, { from: 0, to: Date.now(), limit: 20 }));
    assert.ok(events.some((event) => event.kind === "status" && event.serviceId === "a" && event.from === "ok"));
    assert.ok((await readyView(poller.store, false, Date.now())).ready);
  });

  it("confirms trouble the way a person chose, until pitwall.yaml has the say again", async (t) => {
    let listener = answers(200);
    const { url } = await serve(t, (request, response) => listener(request, response));
    const poller = await start(t, await freshFolder(t), [
      { id: "a", url, more: "    confirm: { after: 21, recover: 1 }\n" },
    ]);
    await untilStatus(poller, "a", "ok");
    const { store } = poller;
    const explained = async () => {
      const told = await explainView(store, wholeSight, "a", { now: Date.now() }, () => []);
      return told.ok ? told.value.confirm : assert.fail(told.error.detail);
    };
    assert.deepEqual(await explained(), { configured: { after: 21, recover: 1 }, chosen: null });
    const choice = { serviceId: "a", confirm: { fails: 2, of: 4 } };
    assert.ok((await chooseConfirmation(store, actor, choice, Date.now())).ok);
    assert.deepEqual((await explained()).chosen?.confirm, choice.confirm);
    listener = answers(503);
    const broken = await until("the trouble is confirmed", async () => {
      const seen = await service(poller, "a");
      return seen?.status !== "ok" && seen?.state === "hard" ? seen : undefined;
    });
    assert.equal(broken.attempt?.of, 2);
    assert.ok((await chooseConfirmation(store, actor, { serviceId: "a", confirm: null }, Date.now())).ok);
    assert.equal((await explained()).chosen, null);
    const said = await store.read((r) => listEvents(r, { from: 0, to: Date.now(), limit: 50 }));
    assert.deepEqual(
      said.filter((event) => event.kind === "config" && event.actor === "ann").map((event) => event.text),
      [
        "Site a: trouble is confirmed as pitwall.yaml says again",
        "Site a: trouble is confirmed by 2 of the last 4 polls",
      ],
    );
    const audited = (await store.read((r) => listAudit(r, 50))).filter(
      (entry) => entry.command === "choose-confirmation",
    );
    assert.deepEqual(
      audited.map(({ before, after }) => [before, after]),
      [
        [{ confirm: choice.confirm }, { confirm: null }],
        [{ confirm: null }, { confirm: choice.confirm }],
      ],
    );
    const viewer = await chooseConfirmation(store, person("eve", "viewer"), choice, Date.now());
    assert.equal(viewer.ok ? null : viewer.error.code, "forbidden");
  });

  it("keeps the beat of all others while targets hang", async (t) => {
    const hung = await serve(t, () => undefined);
    const good = await serve(t, answers(200));
    const entries = [
      ...Array.from({ length: 20 }, (_, i) => ({ id: `hung-${i}`, url: `${hung.url}${i}` })),
      ...Array.from({ length: 5 }, (_, i) => ({ id: `good-${i}`, url: `${good.url}${i}` })),
    ];
    const poller = await start(t, await freshFolder(t), entries);
    const polls = await until("good-0 was polled six times", async () => {
      const seen = await poller.store.read((r) => listPolls(r, "good-0", { from: 0, to: Date.now(), limit: 20 }));
      return seen.length >= 6 ? seen : undefined;
    });
    const gaps = polls.slice(1).map((poll, i) => poll.at - (polls[i]?.at ?? 0));
    // One after the other, the twenty would take eighteen seconds each time; a busy machine is late now and then.
    const [, , usual = 0] = gaps.toSorted((a, b) => a - b);
    assert.ok(usual < 6_000, `gaps of ${gaps.join(", ")} ms`);
    for (const id of ["hung-0", "hung-19"]) assert.equal((await service(poller, id))?.status !== "ok", true);
    for (const id of ["good-0", "good-4"]) await untilStatus(poller, id, "ok");
  });

  it("polls at once when asked to, and says when that poll is stored", async (t) => {
    const { url } = await serve(t, answers(200));
    const poller = await start(t, await freshFolder(t), [
      { id: "a", url },
      { id: "b", url },
    ]);
    await untilStatus(poller, "a", "ok");
    const asked = await requestPoll(poller.store, actor, { serviceId: null }, Date.now());
    if (!asked.ok) assert.fail(asked.error.detail);
    const done = await until("the request is finished", async () => {
      const view = await pollRequestView(poller.store, asked.value.id);
      return view.ok && view.value.finishedAt !== null ? view.value : undefined;
    });
    assert.equal(done.polled, 2);
    assert.ok(((await service(poller, "b"))?.checkedAt ?? 0) >= done.requestedAt);
    const wrong = await requestPoll(poller.store, actor, { serviceId: "nobody" }, Date.now());
    assert.ok(!wrong.ok && wrong.error.code === "not-found");
  });

  it("says that a dependency is critical, without raising the status of what depends on it", async (t) => {
    let listener = answers(200);
    const bad = await serve(t, (request, response) => listener(request, response));
    const good = await serve(t, answers(200));
    const poller = await start(t, await freshFolder(t), [
      { id: "site", url: good.url, more: "    dependsOn: [base]\n" },
      { id: "base", url: bad.url, more: "    rules:\n      down: { severity: critical }\n" },
    ]);
    await untilStatus(poller, "site", "ok");
    await untilStatus(poller, "base", "ok");
    listener = answers(500);
    await untilStatus(poller, "base", "critical");
    await until("site names its dependency, and is well", async () => {
      const seen = await service(poller, "site");
      return seen?.status === "ok" && seen.findings.some((finding) => finding.pointsAt === "base");
    });
    listener = answers(200);
    await until("the note is gone", async () => (await service(poller, "site"))?.findings.length === 0);
  });

  it("applies a changed configuration while it runs, and leaves what did not change alone", async (t) => {
    const { url } = await serve(t, answers(200));
    // Patient, so that no late answer of a busy machine is what changes it.
    const beat = "    interval: 4s\n    timeout: 3900ms\n";
    const poller = await start(t, await freshFolder(t), [
      { id: "a", url, beat },
      { id: "b", url, beat },
    ]);
    await untilStatus(poller, "a", "ok");
    await untilStatus(poller, "b", "ok");
    const since = (await service(poller, "a"))?.since;
    const seq = (await boardView(poller.store, wholeSight, Date.now())).seq;
    await writeFile(
      poller.file,
      yaml([
        { id: "a", url, beat },
        { id: "c", url, beat },
      ]),
    );
    await untilStatus(poller, "c", "ok");
    assert.equal(await service(poller, "b"), undefined);
    assert.equal((await service(poller, "a"))?.since, since);
    const frame = await frameSince(poller.store, wholeSight, seq, Date.now());
    assert.deepEqual(frame?.removed, ["b"]);
    assert.ok(frame?.services.some((one) => one.id === "c"));
  });

  it("keeps the old configuration when the new one is wrong, and says why", async (t) => {
    const { url } = await serve(t, answers(200));
    const poller = await start(t, await freshFolder(t), [{ id: "a", url }]);
    await untilStatus(poller, "a", "ok");
    const good = await readFile(poller.file, "utf8");
    await writeFile(poller.file, good.replace("interval:", "intervall:"));
    const notice = await until("the notice is there", async () =>
      (await boardView(poller.store, wholeSight, Date.now())).poller.notices.find((one) => one.kind === "config"),
    );
    assert.match(notice.message, /intervall/);
    const before = (await service(poller, "a"))?.checkedAt ?? 0;
    await until("a is still polled", async () => ((await service(poller, "a"))?.checkedAt ?? 0) > before);
    await writeFile(poller.file, good.replace("Site a", "Site A"));
    await until("the notice is gone", async () => {
      const board = await boardView(poller.store, wholeSight, Date.now());
      return board.poller.notices.length === 0 && board.services[0]?.name === "Site A";
    });
  });

  it("turns everything unknown once it is silent, and never shows green for the time it was off", async (t) => {
    const folder = await freshFolder(t);
    const { url } = await serve(t, answers(200));
    const first = await start(t, folder, [{ id: "a", url }]);
    await untilStatus(first, "a", "ok");
    const later = Date.now() + 60_000;
    const board = await boardView(first.store, wholeSight, later);
    assert.equal(board.services[0]?.status, "unknown");
    assert.match(board.services[0]?.summary ?? "", /poller silent/);
    assert.equal(board.verdict.status, "unknown");
    assert.equal((await readyView(first.store, false, later)).ready, false);
    const asked = await requestPoll(first.store, actor, { serviceId: "a" }, later);
    assert.ok(!asked.ok && asked.error.code === "poller-silent");
    assert.equal((await frameSince(first.store, wholeSight, board.seq + 99, later)) === null, true);
    const aged = await frameSince(first.store, wholeSight, board.seq + 99, later, Date.now());
    assert.equal(aged?.services[0]?.status, "unknown");
    await first.stop();
    const again = await start(t, folder, [{ id: "a", url }]);
    await untilStatus(again, "a", "ok");
    const texts = (await again.store.read((r) => listEvents(r, { from: 0, to: Date.now(), limit: 20 }))).map(
      (event) => event.text,
    );
    assert.ok(texts.includes("Poller stopped") && texts.some((text) => text.startsWith("Poller started")));
  });
});

function oldPolls(serviceId: string, count: number): PollRow[] {
  const from = Date.now() - 3_600_000;
  return Array.from({ length: count }, (_, i) => {
    return {
      serviceId,
      at: from + i,
      status: "ok",
      durationMs: 1,
      metrics: { "total||": i },
      detail: undefined,
      said: null,
    };
  });
}

describe("a full disk", () => {
  it("stops history, is told on the board, and turns no service red; history goes on when there is room", async (t) => {
    const folder = await freshFolder(t);
    const { url } = await serve(t, answers(200));
    const entries = ["a", "b", "c", "d", "e", "f", "g", "h"].map((id) => ({ id, url: `${url}${id}` }));
    const seed = await start(t, folder, entries);
    await untilStatus(seed, "a", "ok");
    await seed.store.write((w) => insertPolls(w, oldPolls("a", 4_000)));
    await seed.stop();
    const pages = Math.ceil((await readFile(join(folder, "data", "pitwall.db"))).length / 4_096);
    const poller = await start(t, folder, entries, { maxPages: pages });
    const notice = await until("the notice is there", async () =>
      (await boardView(poller.store, wholeSight, Date.now())).poller.notices.find((one) => one.kind === "history"),
    );
    assert.match(
      notice.message,
      /history is not being kept: disk full at \d\d:\d\d:\d\d UTC; pages and heals are held/,
    );
    const before = (await service(poller, "a"))?.checkedAt ?? 0;
    // One answer may be late where much else is at work; what the disk turned red would stay so.
    await until("a is still polled and shown to be well", async () => {
      const seen = await service(poller, "a");
      return seen !== undefined && (seen.checkedAt ?? 0) > before + 1_500 && seen.status === "ok";
    });
    await poller.store.write((w) => w.db.$queryRawUnsafe("PRAGMA max_page_count = 1000000"));
    await until(
      "history is kept again",
      async () => (await boardView(poller.store, wholeSight, Date.now())).poller.notices.length === 0,
    );
  });
});
