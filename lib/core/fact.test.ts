import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Fact, factBounds, factChangeWords, learnFacts, namesFact } from "#lib/core/fact.ts";

const fact = (subject: string, name: string, value: Fact["value"]): Fact => ({ subject, name, value });
const nothing = new Map<string, Fact>();

describe("what changed", () => {
  it("is nothing at first sight, and the difference from then on", () => {
    const first = learnFacts(nothing, [fact("pg-a", "role", "primary"), fact("pg-b", "role", "replica")]);
    assert.deepEqual(first.changes, []);
    const second = learnFacts(first.known, [fact("pg-a", "role", "replica"), fact("pg-b", "role", "primary")]);
    assert.deepEqual(second.changes.map(factChangeWords), [
      "pg-a: role primary → replica",
      "pg-b: role replica → primary",
    ]);
  });

  it("is seen across a time in which nobody could look", () => {
    const before = learnFacts(nothing, [fact("web-02", "version", "6.0.17")]).known;
    const away = learnFacts(before, [fact("web-02", "version", null)]);
    assert.deepEqual(away.changes, []);
    const back = learnFacts(away.known, [fact("web-02", "version", "6.0.18")]);
    assert.deepEqual(back.changes, [{ subject: "web-02", name: "version", from: "6.0.17", to: "6.0.18" }]);
  });

  it("is not the order in which a server tells its names, but one that came or went", () => {
    assert.equal(namesFact(["b", "a"]), namesFact(["a", "b"]));
    const before = learnFacts(nothing, [fact("learn", "servers", namesFact(["web-01", "web-02"]))]).known;
    const after = learnFacts(before, [fact("learn", "servers", namesFact(["web-01"]))]);
    assert.deepEqual(after.changes.map(factChangeWords), ["learn: servers web-01, web-02 → web-01"]);
  });

  it("says the empty value in words", () => {
    const change = { subject: "pg-a", name: "synchronous standbys", from: "", to: "pg-b" };
    assert.equal(factChangeWords(change), "pg-a: synchronous standbys none → pg-b");
  });

  it("is bounded however much a server tells", () => {
    const many = Array.from({ length: factBounds.known + 10 }, (_, at) => fact(`s${at}`, "weight", 1));
    assert.equal(learnFacts(nothing, many).known.size, factBounds.known);
    const long = learnFacts(nothing, [fact("a", "b", "x".repeat(10_000))]).known;
    assert.equal(
      [...long.values()].every((one) => String(one.value).length <= factBounds.valueLength),
      true,
    );
  });

  it("told poll by poll leads from the first value to the last, and the same poll twice changes nothing", () => {
    const value = fc.constantFrom("a", "b", null);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        let known: ReadonlyMap<string, Fact> = nothing;
        const measured = values.filter((one) => one !== null);
        let at: string | undefined = measured[0];
        for (const one of values) {
          const learnt = learnFacts(known, [fact("s", "n", one)]);
          for (const change of learnt.changes) {
            assert.equal(change.from, at);
            at = String(change.to);
          }
          known = learnt.known;
          assert.deepEqual(learnFacts(known, [fact("s", "n", one)]).changes, []);
        }
        assert.equal(at, measured.at(-1));
      }),
    );
  });
});
