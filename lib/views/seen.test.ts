import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { person } from "#e2e/people.ts";
import { type Sight, sightOf, wholeSight } from "#lib/access/sight.ts";
import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import type { Runbook } from "#lib/core/runbook.ts";
import { hashSecret, unseal } from "#lib/incidents/seal.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import { findSealedSnapshot } from "#lib/store/incident-snapshots.ts";
import { writeIncidents } from "#lib/store/incidents.ts";
import { appendLines } from "#lib/store/journal-lines.ts";
import { insertMaintenance } from "#lib/store/maintenance.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { insertMute } from "#lib/store/mutes.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { insertMark, insertSession, writeDeclaredRunbooks } from "#lib/store/runbooks.ts";
import { insertRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { availabilityView } from "#lib/views/availability-view.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { boardView } from "#lib/views/board-view.ts";
import { changesView } from "#lib/views/changes-view.ts";
import { explainView } from "#lib/views/explain-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { incidentsView, incidentView } from "#lib/views/incident-view.ts";
import { maintenanceView } from "#lib/views/maintenance-view.ts";
import { runsView, runView } from "#lib/views/run-view.ts";
import { runbookSessionView, runbooksView, runbookView } from "#lib/views/runbook-view.ts";
import { readSeen } from "#lib/views/seen.ts";
import { seriesView } from "#lib/views/series-view.ts";
import { actionsView, serviceView } from "#lib/views/service-view.ts";
import { snapshotsView } from "#lib/views/snapshots-view.ts";
import { timelineView } from "#lib/views/timeline-view.ts";

const now = Date.UTC(2026, 10, 20, 12);
const groups = ["shop", "learn", null] as const;

interface Planned {
  readonly group: (typeof groups)[number];
  /** Which others it depends on, names and blames. */
  readonly to: readonly number[];
  readonly status: "ok" | "warning" | "critical";
}

const boards = fc.array(
  fc.record({
    group: fc.constantFrom(...groups),
    to: fc.array(fc.nat(5), { maxLength: 3 }),
    status: fc.constantFrom("ok" as const, "warning" as const, "critical" as const),
  }),
  { minLength: 2, maxLength: 6 },
);

/** It asks for everything that may speak of another service. */
const runbook: Runbook = {
  id: "down",
  title: "It is down",
  symptom: "It is.",
  when: ["down", "blame", "dependency"],
  steps: [
    {
      check: "Is it {root}?",
      if: { cause: "elsewhere" },
      yes: [{ manual: "Heal {root}", on: "root" }],
      unknown: [{ check: "What is said?", if: { finding: ["blame", "dependency"], on: "dependents" } }],
      no: [{ check: "Who is down?", if: { any: [{ status: "critical", on: "dependencies" }, { finding: "down" }] } }],
    },
  ],
};

/** Ids and names that occur nowhere else. */
const idOf = (index: number) => `id-q${index}q`;
const nameOf = (index: number) => `Name Q${index}Q`;

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-seen-"));
  const file = join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  try {
    return await work(store);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A board on which everything speaks of everything: dependencies, blame, runs, events, incidents, planned work. */
async function fill(store: Store, planned: readonly Planned[]): Promise<void> {
  const others = (index: number) => [
    ...new Set((planned[index]?.to ?? []).filter((to) => to < planned.length && to !== index)),
  ];
  const told = (index: number) => others(index).map(nameOf).join(" and ") || "nobody";
  await store.write(async (w) => {
    await writeDeclaredRunbooks(w, [{ ...runbook, kind: "http" }], now);
    const plain = { kind: "http", intervalMs: 60_000, timeoutMs: 1_000, rules: {}, config: {} };
    const rows = planned.map(({ group }, position) => {
      return {
        ...plain,
        id: idOf(position),
        name: nameOf(position),
        group,
        position,
        dependsOn: others(position).map(idOf),
      };
    });
    await applyServices(w, rows, now);
    await writeStates(
      w,
      planned.map(({ status }, index) => ({
        ...emptyState(idOf(index)),
        status,
        since: now - 60_000,
        checkedAt: now,
        summary: `it blames ${told(index)}`,
        findings: [
          ...(status === "ok"
            ? []
            : [{ rule: "down", severity: status, message: `no answer; it blames ${told(index)}` }]),
          ...others(index).flatMap((to) => [
            {
              rule: "dependency",
              severity: "info" as const,
              subject: idOf(to),
              message: `needs ${nameOf(to)}`,
              pointsAt: idOf(to),
            },
            {
              rule: "blame",
              severity: "info" as const,
              message: `blames ${idOf(to)} (503)`,
              clause: `blames ${nameOf(to)}`,
              pointsAt: idOf(to),
            },
          ]),
        ],
        detail: { blames: others(index).map((to) => ({ service: idOf(to) })) },
        detailAt: now,
      })),
    );
    await replaceFoundDependencies(
      w,
      new Map(
        planned.map((_, index) => [
          idOf(index),
          others(index).map((to) => ({ id: idOf(to), evidence: [`it names ${nameOf(to)}`] })),
        ]),
      ),
      new Map(),
    );
    const notices = planned.map((_, index) => ({
      kind: "config",
      message: `${idOf(index)} was not applied`,
      since: now,
    }));
    await writeBeat(w, { beatAt: now, startedAt: now - 60_000, pid: 1, notices });
    for (const [index] of planned.entries()) {
      const serviceId = idOf(index);
      const at = now - 30_000;
      await insertEvents(w, [
        { at, kind: "status", serviceId, from: "ok", to: "critical", text: `down: it blames ${told(index)}` },
        { at, kind: "config", text: `${serviceId} was changed` },
        { at, kind: "maintenance", text: `Maintenance of ${nameOf(index)}` },
        {
          at,
          kind: "incident",
          serviceId,
          incidentId: `incident-${index}`,
          text: `Incident: ${nameOf(index)}, then ${told(index)}`,
        },
        { at, kind: "comment", incidentId: `incident-${index}`, text: `is it ${told(index)}?` },
        { at, kind: "deploy", text: `${nameOf(index)} 4.2` },
      ]);
      const members = [index, ...others(index)].map((each) => ({ serviceId: idOf(each), from: at, until: null }));
      const incident = {
        id: `incident-${index}`,
        rootId: serviceId,
        members,
        openedAt: at,
        resolvedAt: null,
        mergedInto: null,
      };
      await writeIncidents(w, [{ ...incident, title: `${nameOf(index)} is down, and ${told(index)}` }]);
      const covers = { services: [serviceId, ...others(index).map(idOf)], groups: [], nodes: [] };
      await insertMaintenance(w, [
        {
          id: `work-${index}`,
          origin: "hand",
          windowKey: null,
          covers,
          note: `moves ${told(index)}`,
          from: now + 60_000,
          until: now + 120_000,
          by: "ann",
          toldAt: null,
        },
      ]);
      await insertMute(w, {
        id: `mute-${index}`,
        kind: "silence",
        serviceId,
        words: "known",
        by: "ann",
        at,
        until: now + 60_000,
      });
      const following = { runbookId: runbook.id, serviceId, title: runbook.title, runbook, incidentId: null };
      await insertSession(w, { id: `following-${index}`, ...following, startedAt: at, startedBy: "ann" });
      const seen = [
        { step: "1", title: "Is it elsewhere?", answer: "yes" as const, words: [`${told(index)} is down`] },
      ];
      const words = {
        note: `is it ${told(index)}?`,
        word: null,
        runId: null,
        rootId: others(index).map(idOf)[0] ?? null,
      };
      await insertMark(w, `following-${index}`, { at, kind: "ticked", by: "ann", step: "1.yes.1", ...words, seen });
      await insertRun(w, runOf(index, told(index)));
      await appendLines(w, `run-${index}`, [
        { seq: 1, at, kind: "note", node: null, text: `looked at ${told(index)}` },
      ]);
    }
  });
  await shareSnapshot(store, person("whole"), { body: {} }, now);
}

function runOf(index: number, told: string): Parameters<typeof insertRun>[1] {
  const check = { id: "c", title: "others", verdict: "pass" as const, evidence: `${told} is well`, tookMs: 1, at: now };
  return {
    id: `run-${index}`,
    serviceId: idOf(index),
    serviceName: nameOf(index),
    action: "restart",
    title: "Restart",
    risk: "low",
    params: {},
    mode: "run",
    reason: null,
    actor: person("ann"),
    idempotencyKey: `key-${index}`,
    bodyHash: "",
    state: "running",
    verdict: `waits for ${told}`,
    plan: null,
    node: null,
    symptoms: [],
    checks: [check],
    steps: [],
    verification: null,
    requestedAt: now - 20_000,
    startedAt: now - 20_000,
    finishedAt: null,
    confirmedBy: null,
    confirmedAt: null,
    cancelRequested: false,
  };
}

/** Every answer there is to somebody, as JSON, under the name of its view. */
async function everyAnswer(
  store: Store,
  viewer: ReturnType<typeof person>,
  count: number,
): Promise<Map<string, string>> {
  const sight: Sight = sightOf(viewer);
  const said = new Map<string, string>();
  const keep = (name: string, value: unknown) => said.set(name, JSON.stringify(value));
  keep("board", await boardView(store, sight, now));
  keep("board-at", await boardAt(store, sight, now));
  keep("frame", await frameSince(store, sight, 0, now));
  keep("timeline", await timelineView(store, sight, { from: now - 3_600_000, to: now }));
  keep("changes", await changesView(store, sight, { at: now, minutes: 15 }));
  keep("incidents", await incidentsView(store, sight));
  keep("runs", await runsView(store, sight, { limit: 100 }));
  keep("maintenance", await maintenanceView(store, sight));
  keep("snapshots", await snapshotsView(store, viewer));
  const know = () => ({ rules: [], runbooks: [] });
  keep("runbooks", await runbooksView(store, sight, know));
  for (let index = 0; index < count; index += 1) {
    const id = idOf(index);
    const refusal = (value: { readonly ok: boolean }) => (value.ok ? value : { ok: false });
    keep(`incident ${index}`, await incidentView(store, sight, `incident-${index}`, now));
    keep(`run ${index}`, await runView(store, sight, `run-${index}`));
    keep(`service ${index}`, refusal(await serviceView(store, sight, id, now)));
    keep(`actions ${index}`, refusal(await actionsView(store, sight, id)));
    keep(`explain ${index}`, refusal(await explainView(store, sight, id, { now }, () => [])));
    const asksOf = { serviceId: id, runbookId: runbook.id, now };
    keep(`runbook ${index}`, refusal(await runbookView(store, sight, asksOf, know)));
    keep(`runbook then ${index}`, refusal(await runbookView(store, sight, { ...asksOf, at: now - 1 }, know)));
    keep(`following ${index}`, await runbookSessionView(store, sight, `following-${index}`, now, know));
    keep(`availability ${index}`, refusal(await availabilityView(store, sight, id, now)));
    const asked = { serviceId: id, key: "a||", from: now - 60_000, to: now, points: 10 };
    keep(`series ${index}`, refusal(await seriesView(store, sight, asked)));
  }
  const shared = await shareSnapshot(store, viewer, { body: {} }, now);
  assert.ok(shared.ok);
  const sealed = await store.read((r) => findSealedSnapshot(r, hashSecret(shared.value.path.slice("/s/".length))));
  assert.ok(sealed !== null);
  keep("shared snapshot", unseal(sealed.body, sealed.sha256));
  return said;
}

test("nothing that somebody is told holds the id or the name of a service he may not see", async () => {
  await fc.assert(
    fc.asyncProperty(boards, fc.constantFrom("shop", "learn"), async (planned, group) => {
      await withStore(async (store) => {
        await fill(store, planned);
        const viewer = person("val", "responder", group);
        for (const [view, text] of await everyAnswer(store, viewer, planned.length)) {
          for (const [index, each] of planned.entries()) {
            if (each.group === group) continue;
            for (const secret of [idOf(index), nameOf(index)]) {
              assert.ok(!text.includes(secret), `${view} tells of ${secret}: ${text.slice(0, 3_000)}`);
            }
          }
        }
      });
    }),
    { numRuns: 12 },
  );
});

test("whoever may see one group sees each service of it, and counts only those", async () => {
  await withStore(async (store) => {
    await fill(store, [
      { group: "shop", to: [1], status: "critical" },
      { group: null, to: [], status: "critical" },
      { group: "learn", to: [], status: "ok" },
    ]);
    const { services, verdict } = await boardView(store, sightOf(person("val", "viewer", "shop")), now);
    assert.deepEqual(
      services.map(({ id }) => id),
      [idOf(0)],
    );
    assert.equal(verdict.total, 1);
    assert.equal((await boardView(store, wholeSight, now)).verdict.total, 3);
  });
});

test("a cause that may not be seen is said to be there, and its symptom is not offered as the remedy", async () => {
  await withStore(async (store) => {
    await fill(store, [
      { group: "shop", to: [1], status: "critical" },
      { group: null, to: [], status: "critical" },
    ]);
    const sight = sightOf(person("val", "responder", "shop"));
    const { verdict } = await boardView(store, sight, now);
    assert.match(verdict.sentence, /the cause of Name Q0Q lies in a service you may not see$/);
    assert.deepEqual(verdict.actions, []);
    const why = await explainView(store, sight, idOf(0), { now }, () => []);
    assert.ok(why.ok && why.value.cause.hidden === true);
    const whole = await boardView(store, wholeSight, now);
    assert.doesNotMatch(whole.verdict.sentence, /may not see/);
  });
});

test("a hidden name inside another word is left alone", async () => {
  await withStore(async (store) => {
    const plain = { kind: "http", intervalMs: 1_000, timeoutMs: 1_000, rules: {}, config: {}, dependsOn: [] };
    await store.write((w) =>
      applyServices(w, [{ ...plain, id: "db", name: "db (main)", group: null, position: 0 }], now),
    );
    const { without } = await store.read((r) => readSeen(r, sightOf(person("val", "viewer", "shop"))));
    assert.equal(without("feedback of db, dbx and my_db"), "feedback of a service you may not see, dbx and my_db");
    assert.equal(without("db (main) is down"), "a service you may not see is down");
  });
});
