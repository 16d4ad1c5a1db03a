import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Runbook, RunbookStep } from "#lib/core/runbook.ts";
import { type Mark, type MarkKind, standingOf } from "#lib/core/runbook-marks.ts";
import { type SceneService, sceneOf } from "#lib/core/runbook-scene.ts";
import type { RunStanding, StepTold } from "#lib/core/runbook-told.ts";
import { walkRunbook } from "#lib/core/runbook-walk.ts";

const now = 1_000_000;
const long = { finding: "long" } as const;
const steps: readonly RunbookStep[] = [
  {
    check: "Do statements run too long?",
    if: long,
    yes: [
      { action: "cancel", for: ["long"] },
      { check: "Still?", if: long, yes: [{ action: "terminate" }], unknown: [{ manual: "Look yourself" }] },
    ],
    no: [{ manual: "Look elsewhere", command: "uptime" }],
  },
  { record: "Write it down" },
];

type Sight = "long" | "well" | "unseen";

function sceneAt(sight: Sight, checkedAt = now - 1_000, all = steps) {
  const finding = { rule: "long", severity: "warning", node: "pg-a", message: "pg-a: 12 min" } as const;
  const proposed = { ...finding, action: { id: "cancel", params: { session: "pg-a/1" } } };
  const params = [{ name: "session", options: [{ value: "pg-a/1", label: "report on pg-a" }] }];
  const offers = ["cancel", "terminate"].map((id) => ({ id, title: id, risk: "low", blocked: null, params }));
  const db: SceneService = {
    id: "db",
    name: "Database",
    kind: "postgres",
    status: sight === "unseen" ? "unknown" : sight === "long" ? "warning" : "ok",
    since: now - 60_000,
    checkedAt,
    summary: "",
    failure: null,
    dependsOn: [],
    findings: sight === "long" ? [proposed] : [],
    trend: { series: {} },
    actions: offers,
  };
  const judged = {
    id: "long",
    title: "Longest",
    help: "",
    limits: null,
    overridden: false,
    off: false,
    readings: [],
    more: 0,
  };
  const given = {
    services: [db],
    selfId: "db",
    now,
    explained: () => [judged],
    blinding: () => [],
    metrics: () => null,
  };
  return { runbook: { steps: all }, scene: sceneOf({ ...given, rootBefore: null, rootHidden: false, past: false }) };
}

let ids = 0;
function mark(kind: MarkKind, step: string, more: Partial<Mark> = {}): Mark {
  ids += 1;
  return {
    id: ids,
    at: now - 500,
    kind,
    by: "kim",
    step,
    note: null,
    word: null,
    runId: null,
    seen: [],
    rootId: null,
    ...more,
  };
}

const ran = (done: boolean, finishedAt = now - 400): RunStanding => ({ ended: true, done, finishedAt });

function walk(
  sight: Sight,
  marks: readonly Mark[] = [],
  run: RunStanding | undefined = ran(true),
  checkedAt = now - 100,
) {
  const { runbook, scene } = sceneAt(sight, checkedAt);
  return walkRunbook(runbook, scene, standingOf(marks), () => run);
}

function flat(all: readonly StepTold[]): StepTold[] {
  return all.flatMap((step) => [step, ...step.branches.flatMap((branch) => flat(branch.steps))]);
}

describe("walking a runbook", () => {
  it("stops at the first thing that a person has to do", () => {
    assert.equal(walk("long").here, "1.yes.1");
    assert.equal(walk("well").here, "1.no.1");
  });

  it("stops at a check that nobody can answer, and never takes its no", () => {
    const told = walk("unseen");
    assert.equal(told.here, "1");
    assert.ok(told.steps[0]?.branches.every(({ taken }) => !taken));
  });

  it("takes a person's word only for what Pitwall cannot see", () => {
    assert.equal(walk("unseen", [mark("answered", "1", { word: "no" })]).here, "1.no.1");
    assert.equal(walk("long", [mark("answered", "1", { word: "no" })]).here, "1.yes.1");
  });

  it("fills a button with what the finding itself proposes", () => {
    const cancel = flat(walk("long").steps).find(({ id }) => id === "1.yes.1");
    assert.deepEqual(cancel?.aims[0]?.params, { session: "pg-a/1" });
    assert.equal(cancel?.aims[0]?.at, "report on pg-a");
  });

  it("asks again after a run, and goes on by what the next poll says", () => {
    const marks = [mark("ran", "1.yes.1", { runId: "r1" })];
    const before = walk("long", marks, ran(true), now - 450);
    assert.equal(before.here, "1.yes.2");
    assert.equal(flat(before.steps).find(({ id }) => id === "1.yes.2")?.answer?.waiting, true);
    assert.equal(walk("long", marks).here, "1.yes.2.yes.1", "still: terminate");
    assert.equal(walk("well", marks).here, "2", "no more: record");
  });

  it("stays on the way on which something was done, though its check would say otherwise now", () => {
    const seen = [{ step: "1", title: "?", answer: "yes", words: ["pg-a: 12 min"] }] as const;
    const told = walk("well", [mark("ran", "1.yes.1", { runId: "r1", seen })]);
    const first = told.steps[0];
    assert.equal(first?.branches.find(({ taken }) => taken)?.key, "yes");
    assert.deepEqual(first?.answer?.earlier?.words, ["pg-a: 12 min"]);
    assert.equal(first?.answer?.answer, "no");
  });

  it("does not take for done what failed, was refused, or is not over", () => {
    const marks = [mark("ran", "1.yes.1", { runId: "r1" })];
    assert.equal(walk("long", marks, ran(false)).here, "1.yes.1");
    assert.equal(walk("long", marks, { ended: false, done: false, finishedAt: null }).here, "1.yes.1");
    assert.equal(walk("long", [...marks, mark("skipped", "1.yes.1")], ran(false)).here, "1.yes.2.yes.1");
  });

  it("forgets what was taken back, and all that was done inside", () => {
    const marks = [mark("ran", "1.yes.1", { runId: "r1" }), mark("back", "1")];
    assert.equal(walk("well", marks).here, "1.no.1");
  });

  it("waits at an `until` until it is so, or until a person goes on all the same", () => {
    const waiting: readonly RunbookStep[] = [
      { check: "Over?", if: { not: long }, until: true },
      { manual: "Put it back" },
    ];
    const at = (sight: Sight, marks: readonly Mark[] = []) => {
      const { runbook, scene } = sceneAt(sight, now, waiting);
      return walkRunbook(runbook, scene, standingOf(marks), () => undefined).here;
    };
    assert.equal(at("long"), "1");
    assert.equal(at("unseen"), "1");
    assert.equal(at("well"), "2");
    assert.equal(at("long", [mark("skipped", "1")]), "2");
  });

  it("chooses by itself only where all before it are known not to fit", () => {
    const ways: readonly RunbookStep[] = [
      {
        choose: "What?",
        options: [
          { option: "Long", if: long, steps: [{ manual: "a" }] },
          { option: "Else", steps: [{ manual: "b" }] },
        ],
      },
    ];
    const at = (sight: Sight, marks: readonly Mark[] = []) => {
      const { runbook, scene } = sceneAt(sight, now, ways);
      return walkRunbook(runbook, scene, standingOf(marks), () => undefined).here;
    };
    assert.equal(at("long"), "1.way-1.1");
    assert.equal(at("well"), "1.way-2.1");
    assert.equal(at("unseen"), "1");
    assert.equal(at("unseen", [mark("chose", "1", { word: "way-2" })]), "1.way-2.1");
  });

  it("has exactly one step to do now, whatever the board says and whatever was done", () => {
    const step = fc.letrec<{ step: RunbookStep }>((tie) => {
      const list = fc.array(tie("step"), { minLength: 1, maxLength: 3 });
      const optional = fc.option(list, { nil: undefined });
      const asked = fc.constantFrom(long, { not: long }, { status: "ok" } as const, { offered: "cancel" }, {
        cause: "elsewhere",
      } as const);
      return {
        step: fc.oneof(
          { depthSize: "small" },
          fc.record({ manual: fc.constant("m") }),
          fc.record({ action: fc.constantFrom("cancel", "strange") }),
          fc.record({ record: fc.constant("r") }),
          fc.record({
            check: fc.constant("c"),
            if: asked,
            until: fc.constantFrom(true as const, undefined),
            yes: optional,
            no: optional,
            unknown: optional,
          }),
          fc.record({
            choose: fc.constant("w"),
            options: fc.array(
              fc.record({ option: fc.constant("o"), if: fc.option(asked, { nil: undefined }), steps: list }),
              { minLength: 2, maxLength: 3 },
            ),
          }),
        ),
      } as { step: fc.Arbitrary<RunbookStep> };
    }).step;
    const kinds = fc.constantFrom<MarkKind>("ran", "ticked", "skipped", "answered", "chose", "back");
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Sight>("long", "well", "unseen"),
        fc.array(fc.tuple(kinds, fc.nat(), fc.constantFrom("yes", "no", "way-1", "way-2")), { maxLength: 6 }),
        fc.boolean(),
        (all, sight, done, ended) => {
          const { runbook, scene } = sceneAt(sight, now, all);
          const places = flat(walkRunbook(runbook, scene, standingOf([]), () => undefined).steps).map(({ id }) => id);
          const marks = done.map(([kind, at, word]) =>
            mark(kind, places[at % places.length] ?? "1", { word, runId: kind === "ran" ? "r" : null }),
          );
          const told = walkRunbook(runbook, scene, standingOf(marks), () => ran(ended));
          const here = flat(told.steps).filter(({ place }) => place === "here");
          assert.deepEqual(
            here.map(({ id }) => id),
            [told.here],
          );
          for (const { kind, answer, branches, done: word } of flat(told.steps)) {
            if (kind !== "check" || answer?.answer !== "unknown" || answer.earlier !== null || word !== null) continue;
            assert.ok(!branches.some(({ key, taken }) => taken && key === "no"), "no was taken from unknown");
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("the runbooks of a service", () => {
  it("are its kind's, replaced and hidden by declared ones of the same id, and the team's own", async () => {
    const { runbooksFor } = await import("#lib/core/runbook.ts");
    const own: Runbook = { id: "slow", title: "Slow", symptom: "", when: [], steps };
    const other: Runbook = { ...own, id: "down", title: "Down" };
    const db = { id: "db", kind: "postgres" };
    const idsOf = (declared: Parameters<typeof runbooksFor>[2]) =>
      runbooksFor(db, [own, other], declared).map(({ id, title }) => `${id} ${title}`);
    assert.deepEqual(idsOf([]), ["slow Slow", "down Down"]);
    assert.deepEqual(idsOf([{ id: "slow", kind: "postgres", hide: true }]), ["down Down"]);
    assert.deepEqual(idsOf([{ id: "slow", services: ["db"], title: "Ours", steps }]), ["slow Ours", "down Down"]);
    assert.deepEqual(idsOf([{ id: "slow", services: ["other"], hide: true }]), ["slow Slow", "down Down"]);
    assert.deepEqual(idsOf([{ id: "new", services: ["db"], steps }]), ["slow Slow", "down Down", "new new"]);
  });
});
