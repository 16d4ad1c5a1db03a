import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type FailureKind, failure, failureKinds } from "#lib/core/failure.ts";
import { risks } from "#lib/integrations/integration.ts";
import { createOutputBound, outputBounds, printableLines } from "#lib/remediation/output-bound.ts";
import { hashPlan, isExpired, planLifetimeMs } from "#lib/remediation/plan.ts";
import { aftermathOf, blockers, endOfBroken, isFresh, nextStep } from "#lib/remediation/policy.ts";
import { isEnded, type RunCheck, type RunStep } from "#lib/wire/run.ts";

const step = (state: RunStep["state"], id = "s"): RunStep => ({
  id,
  title: id,
  does: "",
  state,
  evidence: null,
  startedAt: null,
  finishedAt: null,
});
const check = (verdict: RunCheck["verdict"], at = 0): RunCheck => {
  return { id: "c", title: "C", verdict, evidence: "e", tookMs: 1, at };
};

describe("steps", () => {
  it("are each begun at most once, whatever fails or crashes where", () => {
    // A run of the engine: it begins the next step, and then that is done, fails, or the poller dies; a successor may
    // look at the same steps again and again.
    const fates = fc.array(fc.constantFrom("done", "failed", "crash", "look again"), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fates, (count, all) => {
        const steps = Array.from({ length: count }, (_, i) => step("waiting", `${i}`));
        const begun = Array.from({ length: count }, () => 0);
        for (const fate of all) {
          const at = nextStep(steps, count);
          if (at === null) continue;
          if (fate === "look again") continue;
          begun[at] = (begun[at] ?? 0) + 1;
          steps[at] = step(fate === "crash" ? "running" : fate === "done" ? "done" : "failed", `${at}`);
        }
        assert.ok(begun.every((times) => times <= 1));
        const done = steps.map((one) => one.state === "done");
        assert.equal(done.lastIndexOf(true) + 1, done.filter(Boolean).length, "in order, without gaps");
      }),
    );
  });
});

describe("the end of a run that broke off", () => {
  it("is clean only when nothing it did still stands", () => {
    const kinds = Object.keys(failureKinds) as FailureKind[];
    fc.assert(
      fc.property(
        fc.constantFrom("failed" as const, "cancelled" as const, "crashed" as const),
        fc.constantFrom(...kinds),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (why, kind, partial, undone, mayStillRun) => {
          const aftermath = aftermathOf(failure(kind, "w", mayStillRun ? { mayStillRun } : {}), false);
          const state = endOfBroken(why, aftermath, undone, partial);
          assert.ok(isEnded(state) && state !== "succeeded");
          if (state.endsWith("clean")) assert.ok(!partial && (aftermath === "untouched" || undone));
          if (mayStillRun) assert.equal(state, "unknown", "what may still run is never called over");
        },
      ),
    );
  });
});

describe("checks", () => {
  it("that block always forbid, and what could not be seen forbids everything that can hurt", () => {
    for (const risk of risks) {
      assert.equal(blockers([check("block")], risk).length, 1);
      assert.equal(blockers([check("unknown")], risk).length, risk === "none" ? 0 : 1);
      assert.equal(blockers([check("pass"), check("warn")], risk).length, 0);
    }
  });

  it("are fresh for five seconds, and no checks are never fresh", () => {
    assert.ok(isFresh([check("pass", 0)], 5_000));
    assert.ok(!isFresh([check("pass", 0), check("pass", 4_000)], 5_001));
    assert.ok(!isFresh([], 0));
  });
});

describe("a plan", () => {
  const words = { title: "t", effect: "e", touches: ["a"], caveat: null, steps: [], verify: "v" };

  it("has the same hash for the same words, and another for any other word, service or parameter", () => {
    const subject = { serviceId: "s", action: "a", params: { x: "1", y: "2" } };
    const hash = hashPlan(subject, words);
    assert.equal(hashPlan({ ...subject, params: { y: "2", x: "1" } }, { ...words }), hash);
    assert.notEqual(hashPlan({ ...subject, serviceId: "other" }, words), hash);
    assert.notEqual(hashPlan({ ...subject, params: { x: "1", y: "3" } }, words), hash);
    assert.notEqual(hashPlan(subject, { ...words, touches: ["a", "b"] }), hash);
    assert.notEqual(hashPlan(subject, { ...words, steps: [{ id: "1", title: "t", does: "d" }] }), hash);
  });

  it("is void after three minutes", () => {
    assert.ok(!isExpired({ expiresAt: planLifetimeMs }, planLifetimeMs - 1));
    assert.ok(isExpired({ expiresAt: planLifetimeMs }, planLifetimeMs));
  });
});

describe("output", () => {
  it("keeps within its bounds, loses no line uncounted, and keeps first and last", () => {
    const bounds = { lines: 10, bytes: 400, lineChars: 100 };
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 60 }), (lines) => {
        const bound = createOutputBound(bounds);
        const head = lines.filter((text) => bound.take({ at: 0, text, node: null }));
        const tail = bound.tail();
        const kept = [...head, ...tail.lines.map((line) => line.text)];
        assert.equal(kept.length + tail.dropped, lines.length);
        assert.ok(kept.length <= bounds.lines);
        assert.ok(Buffer.byteLength(kept.join("")) <= bounds.bytes);
        assert.deepEqual(kept, [...lines.slice(0, head.length), ...lines.slice(lines.length - tail.lines.length)]);
      }),
    );
  });

  it("is free of terminal sequences and control characters, and no line is endless", () => {
    const esc = String.fromCharCode(27);
    assert.deepEqual(printableLines(`${esc}[31mred${esc}[0m\nnext\u0000\u202e`), ["red", "next␀⟨U+202E⟩"]);
    const [line] = printableLines("x".repeat(100_000));
    assert.ok((line?.length ?? 0) <= outputBounds.lineChars + 10);
  });
});
