import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import Database from "better-sqlite3";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { acknowledgeHeal } from "#lib/commands/acknowledge-heal.ts";
import { addToken } from "#lib/commands/add-token.ts";
import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { cancelRun } from "#lib/commands/cancel-run.ts";
import { commentIncident } from "#lib/commands/comment-incident.ts";
import { confirmRun } from "#lib/commands/confirm-run.ts";
import { endMaintenance } from "#lib/commands/end-maintenance.ts";
import { exportAudit } from "#lib/commands/export-audit.ts";
import { finishRunbook } from "#lib/commands/finish-runbook.ts";
import { markRunbook } from "#lib/commands/mark-runbook.ts";
import { muteService, unmuteService } from "#lib/commands/mute-service.ts";
import { postMarker } from "#lib/commands/post-marker.ts";
import { recordHeartbeat } from "#lib/commands/record-heartbeat.ts";
import { refuseDependency } from "#lib/commands/refuse-dependency.ts";
import { requestPoll } from "#lib/commands/request-poll.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { revokeSnapshot } from "#lib/commands/revoke-snapshot.ts";
import { revokeToken } from "#lib/commands/revoke-token.ts";
import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import { startRunbook } from "#lib/commands/start-runbook.ts";
import { disablePerson, invitePerson, resetPerson, setGrants } from "#lib/commands/tend-people.ts";
import type { Result } from "#lib/core/result.ts";
import { listAudit } from "#lib/store/audit.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import { stopHealRule, writeHealRule } from "#lib/store/heal-rules.ts";
import { writeIncidents } from "#lib/store/incidents.ts";
import type { Store } from "#lib/store/open-store.ts";
import { writeDeclaredRunbooks } from "#lib/store/runbooks.ts";
import { patchRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { heartbeatRequest } from "#lib/wire/heartbeat.ts";
import { markerRequest } from "#lib/wire/marker.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const now = Date.UTC(2026, 10, 20, 12);
const kim = person("kim");
const plan = {
  hash: "h",
  expiresAt: now + 60_000,
  title: "Restart",
  risk: "medium",
  touches: [],
  steps: [],
  undo: null,
  verify: "well",
  seq: 0,
} as never;

type Command = (store: Store) => Promise<Result<unknown, Refusal>>;

/** Each command, as somebody would give it, after what has to be there for it. */
const commands: Record<string, { readonly first?: Command; readonly act: Command }> = {
  beginMaintenance: {
    act: (store) =>
      beginMaintenance(store, kim, { services: ["db"], groups: [], nodes: [], note: "", forMs: 60_000 }, now, () => []),
  },
  endMaintenance: {
    first: async (store) => {
      const covers = { services: ["db"], groups: [], nodes: [], note: "", forMs: 60_000 };
      return await beginMaintenance(store, kim, covers, now, () => []);
    },
    act: async (store) => {
      const id = await store.read(async ({ db }) => (await db.maintenance.findFirstOrThrow()).id);
      return await endMaintenance(store, kim, { id }, now + 1);
    },
  },
  muteService: {
    act: (store) => muteService(store, kim, { kind: "silence", serviceId: "db", words: "known", forMs: 60_000 }, now),
  },
  unmuteService: {
    first: (store) => muteService(store, kim, { kind: "silence", serviceId: "db", words: "known", forMs: 60_000 }, now),
    act: (store) => unmuteService(store, kim, { kind: "silence", serviceId: "db" }, now + 1),
  },
  acknowledgeHeal: {
    act: (store) => acknowledgeHeal(store, kim, { serviceId: "db", rule: "down", words: "the disk was full" }, now),
  },
  commentIncident: { act: (store) => commentIncident(store, kim, { id: "i1", text: "looking" }, now) },
  postMarker: {
    act: (store) => {
      const marker = markerRequest.parse({ kind: "deploy", title: "shop 4.2.0", service: "db", by: "ci" });
      const sender = { ...kim, kind: "token", name: "events", grants: [], holds: ["send-events"] } as const;
      return postMarker(store, sender, marker, now);
    },
  },
  recordHeartbeat: {
    act: (store) => {
      const job = { ...kim, kind: "token", grants: [], holds: ["send-heartbeats"], only: ["job"] } as const;
      return recordHeartbeat(store, job, { ...heartbeatRequest.parse({ exitCode: "0" }), serviceId: "job" }, now);
    },
  },
  refuseDependency: {
    act: (store) => refuseDependency(store, kim, { serviceId: "site", dependsOn: "db", refused: true }, now),
  },
  requestPoll: { act: (store) => requestPoll(store, kim, { serviceId: "db" }, now) },
  startRunbook: { act: follow },
  markRunbook: {
    first: follow,
    act: async (store) => {
      const mark = { kind: "ticked", step: "1", note: "it is off" } as const;
      return await markRunbook(store, kim, { sessionId: await onlySession(store), mark }, now + 1, know);
    },
  },
  finishRunbook: {
    first: follow,
    act: async (store) => {
      const input = { sessionId: await onlySession(store), summary: "It was off" };
      return await finishRunbook(store, kim, input, now + 1, know);
    },
  },
  requestRun: { act: wantRun },
  cancelRun: {
    first: wantRun,
    act: async (store) => cancelRun(store, kim, { runId: await onlyRun(store) }, now),
  },
  confirmRun: {
    first: async (store) => {
      const asked = await wantRun(store);
      const id = await onlyRun(store);
      await store.write((writing) => patchRun(writing, id, { state: "planned", plan }));
      return asked;
    },
    act: async (store) => confirmRun(store, kim, { runId: await onlyRun(store), planHash: "h" }, now),
  },
  shareSnapshot: { act: (store) => shareSnapshot(store, kim, { body: { title: "Now" } }, now) },
  invitePerson: { act: invite },
  resetPerson: { first: invite, act: (store) => resetPerson(store, kim, { email: "lee@example.com" }, now + 1) },
  disablePerson: { first: invite, act: (store) => disablePerson(store, kim, { email: "lee@example.com" }, now + 1) },
  setGrants: {
    first: invite,
    act: (store) => setGrants(store, kim, { email: "lee@example.com", grants: [] }, now + 1),
  },
  addToken: { act: makeToken },
  revokeToken: {
    first: makeToken,
    act: async (store) => {
      const id = await store.read(async ({ db }) => (await db.apiToken.findFirstOrThrow()).id);
      return await revokeToken(store, kim, { id }, now + 1);
    },
  },
  exportAudit: { act: (store) => exportAudit(store, kim, { format: "csv" }, now) },
  revokeSnapshot: {
    first: (store) => shareSnapshot(store, kim, { body: { title: "Now" } }, now),
    act: async (store) => {
      const id = await store.read(async ({ db }) => (await db.incidentSnapshot.findFirstOrThrow()).id);
      return await revokeSnapshot(store, kim, { id }, now + 1);
    },
  },
};

function invite(store: Store) {
  return invitePerson(store, kim, { email: "lee@example.com", grants: [{ role: "viewer", group: null }] }, now);
}

function makeToken(store: Store) {
  const scope = { kind: "role", role: "viewer", group: null } as const;
  return addToken(store, kim, { name: "ci", scope, expiresInMs: 86_400_000 }, now);
}

const know = () => ({ rules: [], runbooks: [] });

function follow(store: Store) {
  return startRunbook(store, kim, { serviceId: "db", runbookId: "down" }, now, know);
}

async function onlySession(store: Store): Promise<string> {
  return await store.read(async ({ db }) => (await db.runbookSession.findFirstOrThrow()).id);
}

function wantRun(store: Store) {
  const body = { serviceId: "db", action: "restart", params: {}, mode: "plan" };
  return requestRun(store, kim, { body, idempotencyKey: "k1" }, now);
}

async function onlyRun(store: Store): Promise<string> {
  return await store.read(async ({ db }) => (await db.run.findFirstOrThrow()).id);
}

/** A board with something of everything. */
async function opened(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = { kind: "http", group: "Web", intervalMs: 60_000, timeoutMs: 1_000, rules: {}, config: {} };
  const restart = { id: "restart", title: "Restart", risk: "low", params: [], blocked: null } as const;
  await store.write(async (w) => {
    const services = ["db", "site"].map((id, position) => ({ ...plain, id, name: id, position, dependsOn: [] }));
    const job = { ...plain, id: "job", name: "job", position: 2, dependsOn: [], reports: true as const };
    await applyServices(w, [...services, job], now);
    const down = { status: "critical", since: now - 60_000, checkedAt: now } as const;
    await writeStates(w, [
      { ...emptyState("db"), ...down, actions: [restart as never] },
      { ...emptyState("site"), ...down },
    ]);
    const standing = { kind: "stopped", words: "", until: null } as const;
    await writeHealRule(w, { serviceId: "db", rule: { when: "down" } as never, standing, position: 0 });
    await stopHealRule(w, "db", "down", { at: now, words: "it came back", runId: null });
    await writeBeat(w, { beatAt: now, startedAt: now, pid: 1, notices: [] });
    await replaceFoundDependencies(w, new Map([["site", [{ id: "db", evidence: ["seen"] }]]]), new Map());
    const steps = [{ manual: "See whether it is switched on" }];
    await writeDeclaredRunbooks(w, [{ id: "down", services: ["db"], steps }], now);
    const members = [{ serviceId: "db", from: now, until: null }];
    const incident = { id: "i1", rootId: "db", title: "db is down", members, openedAt: now };
    await writeIncidents(w, [{ ...incident, resolvedAt: null, mergedInto: null }]);
  });
  return store;
}

/** Every row of every table. */
function everything(file: string): Record<string, unknown[]> {
  const db = new Database(file, { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]);
  db.close();
  return Object.fromEntries(rows);
}

/** As a full disk or a broken file would: from now on no audit row can be written. */
function breakAudit(file: string): void {
  const db = new Database(file);
  db.exec(`CREATE TRIGGER "broken" BEFORE INSERT ON "Audit" BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`);
  db.close();
}

/**
 * Links are made before there is anybody, and used by whoever holds one; whoever is vouched for is nobody here before: there
 * is no actor before it is done.
 */
const byHand = ["make-link.ts", "redeem-link.ts", "admit-person.ts"];

describe("a command", () => {
  for (const [name, { first, act }] of Object.entries(commands)) {
    it(`${name} is audited in its own words`, async (t) => {
      const store = await opened(t);
      if (first !== undefined) assert.ok((await first(store)).ok);
      const before = await store.read((reading) => listAudit(reading, 10));
      assert.deepEqual((await act(store)).ok, true);
      const after = await store.read((reading) => listAudit(reading, 10));
      assert.equal(after.length, before.length + 1);
      assert.equal(after[0]?.actor.name, name === "postMarker" ? "events" : "kim");
    });

    it(`${name} leaves nothing behind when its audit row cannot be written`, async (t) => {
      const store = await opened(t);
      if (first !== undefined) assert.ok((await first(store)).ok);
      breakAudit(store.file);
      const before = everything(store.file);
      await assert.rejects(act(store));
      assert.deepEqual(everything(store.file), before);
    });
  }

  it("writes nothing that it does not audit", async () => {
    const here = import.meta.dirname;
    const files = (await readdir(here)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    const exported: string[] = [];
    for (const file of files) {
      const text = await readFile(join(here, file), "utf8");
      const audits = !/\bstore\.write\(/.test(text) || (byHand.includes(file) && /\binsertAudit\(/.test(text));
      assert.ok(audits, `${file}: write by store.act(), which audits it in the same transaction`);
      for (const [, name = ""] of text.matchAll(
        /^export async function (\w+)\(\s*store: ActingStore,\s*actor: Actor,/gm,
      )) {
        exported.push(name);
      }
    }
    for (const name of Object.keys(commands)) assert.ok(exported.includes(name), name);
  });
});
