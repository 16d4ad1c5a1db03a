import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pino } from "pino";
import { person } from "#e2e/people.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { until } from "#e2e/servers/until.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { commentIncident } from "#lib/commands/comment-incident.ts";
import { endMaintenance } from "#lib/commands/end-maintenance.ts";
import { muteService } from "#lib/commands/mute-service.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { startPoller } from "#lib/poller/poller.ts";
import type { Store } from "#lib/store/open-store.ts";
import { createTransports } from "#lib/transports/transports.ts";
import { boardView } from "#lib/views/board-view.ts";
import { incidentsView, incidentView } from "#lib/views/incident-view.ts";
import { incidentDto } from "#lib/wire/incident.ts";

const someone = person("kim");
const hourMs = 3_600_000;

/** Two real sites, of which `site` depends on `db`; those fail that are `broken`. */
async function watchTwo(t: TestContext) {
  const world: { broken: readonly string[] } = { broken: [] };
  const server = createServer((request, response) => {
    response.statusCode = world.broken.includes(request.url?.slice(1) ?? "") ? 503 : 200;
    response.end("hello");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const folder = await mkdtemp(join(tmpdir(), "pitwall-incidents-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const entry = (id: string, more: string) =>
    `  - { id: ${id}, kind: http, name: ${id}, url: "${url}${id}", interval: 1s, timeout: 900ms${more} }\n`;
  const file = join(folder, "pitwall.yaml");
  await writeFile(file, `services:\n${entry("db", "")}${entry("site", ", dependsOn: [db]")}`);
  const config = readConfig(file);
  if (!config.ok) assert.fail(JSON.stringify(config.error));
  const secrets = createKnownSecrets(file, process.env, () => undefined);
  const poller = await startPoller({
    config: config.value,
    dataFolder: join(folder, "data"),
    registry,
    transports: createTransports({ reach: onLoopback, hosts: config.value.hosts, secret: secrets.resolve }),
    secrets,
    log: pino({ level: "silent" }),
  });
  t.after(async () => {
    await poller.stop();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true, force: true });
  });
  await until("both are well", async () => {
    const { services } = await boardView(poller.store, wholeSight, Date.now());
    return services.length === 2 && services.every((service) => service.status === "ok");
  });
  return { world, store: poller.store };
}

async function untilOpen(store: Store) {
  return await until(
    "an incident is open",
    async () => (await boardView(store, wholeSight, Date.now())).incidents?.[0],
  );
}

test("one cause is one incident with its symptom in it; it tells its story and resolves when both are well", async (t) => {
  const { world, store } = await watchTwo(t);
  // Together, either may be seen first on a busy machine; what becomes of that is a table of its own.
  world.broken = ["db"];
  const { id, rootId } = await untilOpen(store);
  assert.equal(rootId, "db");
  world.broken = ["db", "site"];
  const view = async () => {
    const seen = await incidentView(store, wholeSight, id, Date.now());
    return seen.ok ? incidentDto.parse(JSON.parse(JSON.stringify(seen.value))) : assert.fail(seen.error.detail);
  };
  await until("the symptom joined", async () => (await view()).members.length === 2);
  assert.match((await view()).title, /^db /);
  const taken = { kind: "acknowledgement", serviceId: "db", words: "on it", forMs: hourMs } as const;
  assert.ok((await muteService(store, someone, taken, Date.now())).ok);
  assert.ok((await commentIncident(store, someone, { id, text: "the disk is full" }, Date.now())).ok);
  world.broken = [];
  const resolved = await until("it is resolved", async () => {
    const seen = await view();
    return seen.resolvedAt === null ? undefined : seen;
  });
  assert.ok(resolved.members.every((member) => member.until !== null));
  const kinds = new Set(resolved.timeline.map((event) => event.kind));
  for (const kind of ["status", "incident", "acknowledgement", "comment"] as const) assert.ok(kinds.has(kind), kind);
  assert.equal((await incidentsView(store, wholeSight)).length, 1, "the symptom opened none of its own");
  assert.equal((await boardView(store, wholeSight, Date.now())).incidents?.length, 0);
  const db = async () =>
    (await boardView(store, wholeSight, Date.now())).services.find((service) => service.id === "db");
  await until("recovery cleared the acknowledgement", async () => (await db())?.acknowledgement === null);

  world.broken = ["db", "site"];
  assert.equal((await untilOpen(store)).id, id, "within ten minutes it is the same incident");
});

test("planned trouble opens no incident, checking goes on, and what is still wrong at the end counts as new", async (t) => {
  const { world, store } = await watchTwo(t);
  const work = { services: ["db", "site"], groups: [], nodes: [], note: "upgrade", forMs: hourMs };
  const begun = await beginMaintenance(store, someone, work, Date.now(), () => []);
  assert.ok(begun.ok);
  world.broken = ["db", "site"];
  const polled = async () => (await boardView(store, wholeSight, Date.now())).services[0];
  const failing = await until("db fails", async () => ((await polled())?.status === "critical" ? polled() : undefined));
  await until("it was checked five times more", async () => {
    return ((await polled())?.checkedAt ?? 0) >= (failing?.checkedAt ?? 0) + 5_000;
  });
  const { incidents, verdict } = await boardView(store, wholeSight, Date.now());
  assert.deepEqual([incidents, verdict.planned, verdict.chain], [[], 2, []]);
  const endedAt = Date.now();
  assert.ok((await endMaintenance(store, someone, { id: begun.value.id }, endedAt)).ok);
  assert.equal((await untilOpen(store)).rootId, "db");
  assert.ok(((await polled())?.since ?? 0) >= endedAt, "its trouble began anew");
});
