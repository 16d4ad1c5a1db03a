import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { sightOf } from "#lib/access/sight.ts";
import { finishRunbook } from "#lib/commands/finish-runbook.ts";
import { markRunbook } from "#lib/commands/mark-runbook.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { startRunbook } from "#lib/commands/start-runbook.ts";
import type { FactRule } from "#lib/core/rule.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { writeIncidents } from "#lib/store/incidents.ts";
import type { Store } from "#lib/store/open-store.ts";
import { writeDeclaredRunbooks } from "#lib/store/runbooks.ts";
import { patchRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { boardView } from "#lib/views/board-view.ts";
import { incidentView } from "#lib/views/incident-view.ts";
import { runbookSessionView, runbookView } from "#lib/views/runbook-view.ts";
import type { RunbookMarkRequest } from "#lib/wire/runbook.ts";

const now = Date.UTC(2026, 10, 20, 12);
const kim = person("kim");
const lee = person("lee");
const stranger = { ...person("max"), grants: [{ role: "operator" as const, group: "Elsewhere" }] };
const whole = sightOf(kim);

const slow: FactRule<unknown> = {
  type: "fact",
  id: "slow",
  title: "It is slow",
  severity: "warning",
  help: "It is.",
  find: () => [],
};
const know: KnowKind = () => ({ rules: [slow], runbooks: [] });

/** A database that is slow, with a button, a runbook, and an incident of its own. */
async function opened(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  await store.write(async (w) => {
    const plain = { kind: "thing", group: "Data", intervalMs: 60_000, timeoutMs: 1_000, rules: {}, config: {} };
    await applyServices(w, [{ ...plain, id: "db", name: "Database", position: 0, dependsOn: [] }], now);
    await writeBeat(w, { beatAt: now, startedAt: now, pid: 1, notices: [] });
    await writeDeclaredRunbooks(
      w,
      [
        {
          id: "slow",
          title: "It is slow",
          symptom: "It is.",
          kind: "thing",
          when: ["slow"],
          steps: [
            {
              check: "Is it slow?",
              if: { finding: "slow" },
              yes: [{ action: "restart" }, { check: "Still?", if: { finding: "slow" }, yes: [{ manual: "Look" }] }],
            },
          ],
        },
      ],
      now,
    );
    const members = [{ serviceId: "db", from: now, until: null }];
    const incident = { id: "i1", rootId: "db", title: "It is slow", members, openedAt: now, resolvedAt: null };
    await writeIncidents(w, [{ ...incident, mergedInto: null }]);
  });
  await polled(store, now, true);
  return store;
}

async function polled(store: Store, at: number, isSlow: boolean): Promise<void> {
  const restart = { id: "restart", title: "Restart", about: "", risk: "low" as const, params: [], blocked: null };
  const finding = { rule: "slow", severity: "warning", message: "12 s for an answer (limit 1 s)" } as const;
  const seen = { checkedAt: at, since: now, detail: {}, detailAt: at, actions: [restart] };
  await store.write(async (w) => {
    await writeBeat(w, { beatAt: at, startedAt: now, pid: 1, notices: [] });
    const status = isSlow ? ("warning" as const) : ("ok" as const);
    await writeStates(w, [{ ...emptyState("db"), ...seen, status, findings: isSlow ? [finding] : [] }]);
  });
}

async function value<T>(result: Promise<{ ok: true; value: T } | { ok: false; error: unknown }>): Promise<T> {
  const told = await result;
  assert.ok(told.ok, JSON.stringify(told));
  return told.value;
}

const about = { serviceId: "db", runbookId: "slow" };
const view = (store: Store, at: number, sight = whole) => value(runbookView(store, sight, { ...about, now: at }, know));
const marked = (store: Store, sessionId: string, mark: RunbookMarkRequest, at: number, who = kim) =>
  markRunbook(store, who, { sessionId, mark }, at, know);

describe("following a runbook", () => {
  it("leads from the symptom through a run to the record, and tells the incident each step", async (t) => {
    const store = await opened(t);
    assert.equal((await view(store, now)).here, "1.yes.1", "read without following");
    const { id } = await value(startRunbook(store, kim, about, now + 1, know));
    const body = { serviceId: "db", action: "restart", mode: "run", runbook: { session: id, step: "1.yes.1" } };
    const run = await value(requestRun(store, kim, { body, idempotencyKey: "k1", know }, now + 2));
    assert.equal((await view(store, now + 2)).here, "1.yes.1", "while it runs");
    await store.write((w) => patchRun(w, run.id, { state: "succeeded", finishedAt: now + 3, verdict: "It answers." }));
    const waiting = await view(store, now + 4);
    assert.equal(waiting.here, "1.yes.2", "the next check waits for a poll");
    await polled(store, now + 5, false);
    const well = await view(store, now + 6);
    assert.equal(well.here, "2", "and goes on by itself");
    assert.deepEqual(
      well.session?.runs.map((one) => one.id),
      [run.id],
    );
    assert.equal((await boardView(store, whole, now + 6)).following?.[0]?.startedBy, "kim");

    await value(finishRunbook(store, kim, { sessionId: id, summary: "It was slow; a restart helped." }, now + 7, know));
    const incident = await value(incidentView(store, whole, "i1", now + 8));
    const texts = incident.timeline.map(({ kind, text }) => `${kind}: ${text}`);
    assert.ok(texts.includes("comment: It was slow; a restart helped."), texts.join("\n"));
    assert.ok(texts.includes("runbook: Runbook “It is slow” begun for Database"));
    assert.ok(texts.some((text) => text.startsWith("runbook-step: Runbook “It is slow”: Restart started")));
    const record = await value(runbookSessionView(store, whole, id, now + 9, know));
    const ran = record.session?.log.find(({ kind }) => kind === "ran");
    assert.deepEqual(ran?.seen[0]?.words, ["12 s for an answer (limit 1 s)"], "the evidence of that moment is kept");
    assert.equal(record.session?.summary, "It was slow; a restart helped.");
    assert.deepEqual((await boardView(store, whole, now + 9)).following, []);
  });

  it("is one and the same for two people, and one can leave it to the other", async (t) => {
    const store = await opened(t);
    const first = await value(startRunbook(store, kim, about, now + 1, know));
    const second = await value(startRunbook(store, lee, about, now + 2, know));
    assert.equal(second.id, first.id);
    await value(startRunbook(store, lee, about, now + 3, know));
    const both = (await view(store, now + 4)).session;
    assert.deepEqual(
      both?.followers.map(({ name }) => name),
      ["kim", "lee"],
    );
    await value(marked(store, first.id, { kind: "left" }, now + 5));
    assert.deepEqual(
      (await view(store, now + 6)).session?.followers.map(({ name }) => name),
      ["lee"],
    );
  });

  it("keeps what was ticked, answered and passed by with its note, and takes it back", async (t) => {
    const store = await opened(t);
    const { id } = await value(startRunbook(store, kim, about, now + 1, know));
    await value(marked(store, id, { kind: "skipped", step: "1.yes.1", note: "no restart by day" }, now + 2));
    await value(marked(store, id, { kind: "ticked", step: "1.yes.2.yes.1", note: "it swaps" }, now + 3, lee));
    const told = await view(store, now + 4);
    assert.equal(told.here, "2");
    assert.deepEqual(
      told.session?.log.map(({ kind, by, note }) => `${kind} ${by} ${note}`),
      ["joined kim null", "skipped kim no restart by day", "ticked lee it swaps"],
    );
    await value(marked(store, id, { kind: "back", step: "1" }, now + 5));
    assert.equal((await view(store, now + 6)).here, "1.yes.1");
  });

  it("takes no answer from a person where Pitwall sees, and nothing that the step is not for", async (t) => {
    const store = await opened(t);
    const { id } = await value(startRunbook(store, kim, about, now + 1, know));
    const refused = async (mark: RunbookMarkRequest) => {
      const told = await marked(store, id, mark, now + 2);
      assert.ok(!told.ok);
      return told.error.code;
    };
    assert.equal(await refused({ kind: "answered", step: "1", word: "no" }), "conflict");
    assert.equal(await refused({ kind: "ticked", step: "1.yes.1" }), "conflict");
    assert.equal(await refused({ kind: "skipped", step: "1" }), "conflict");
    assert.equal(await refused({ kind: "ticked", step: "9" }), "not-found");
    await value(finishRunbook(store, kim, { sessionId: id, summary: "" }, now + 3, know));
    assert.equal(await refused({ kind: "left" }), "conflict");
  });

  it("links no run that its step is not for, and then starts none", async (t) => {
    const store = await opened(t);
    const { id } = await value(startRunbook(store, kim, about, now + 1, know));
    const body = { serviceId: "db", action: "restart", mode: "run", runbook: { session: id, step: "1" } };
    const told = await requestRun(store, kim, { body, idempotencyKey: "k1", know }, now + 2);
    assert.ok(!told.ok && told.error.code === "not-found");
    assert.equal(await store.read(({ db }) => db.run.count()), 0);
  });

  it("is told in the words of what is not there to who may not see its service", async (t) => {
    const store = await opened(t);
    const { id } = await value(startRunbook(store, kim, about, now + 1, know));
    const seen = await runbookView(store, sightOf(stranger), { ...about, now: now + 2 }, know);
    assert.ok(!seen.ok && seen.error.code === "not-found");
    const session = await runbookSessionView(store, sightOf(stranger), id, now + 2, know);
    assert.ok(!session.ok && session.error.code === "not-found");
    const told = await marked(store, id, { kind: "left" }, now + 2, stranger);
    assert.ok(!told.ok && told.error.code === "not-found");
    assert.deepEqual((await boardView(store, sightOf(stranger), now + 2)).following, []);
  });

  it("shows what was so at a moment of the past, and what had been done by then", async (t) => {
    const store = await opened(t);
    const { id } = await value(startRunbook(store, kim, about, now + 1_000, know));
    await value(marked(store, id, { kind: "skipped", step: "1.yes.1" }, now + 2_000));
    const then = await value(runbookView(store, whole, { ...about, now: now + 9_000, at: now + 1_500 }, know));
    assert.equal(then.past, true);
    assert.deepEqual(
      then.session?.log.map(({ kind }) => kind),
      ["joined"],
    );
  });
});
