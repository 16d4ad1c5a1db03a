import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  confirmationOf,
  defaultPolicy,
  emptyMemory,
  flapPercent,
  flapWindow,
  memoryOf,
  nextState,
  type Seen,
  type StateMemory,
  type StatePolicy,
  transitionOf,
} from "#lib/core/state.ts";
import { type Status, statuses } from "#lib/core/status.ts";

const words: Readonly<Record<string, Status>> = { o: "ok", u: "unknown", w: "warning", c: "critical" };

function seen(status: Status, at: number, more: Partial<Seen> = {}): Seen {
  return { at, status, counts: true, held: false, ...more };
}

/** Follows letters, one a second: `o`k, `u`nknown, `w`arning, `c`ritical; a capital is a sample that does not count. */
function follow(letters: string, policy: StatePolicy = defaultPolicy, from: StateMemory = emptyMemory): StateMemory[] {
  const states: StateMemory[] = [];
  [...letters].forEach((letter, index) => {
    const status = words[letter.toLowerCase()] ?? "unknown";
    const counts = letter === letter.toLowerCase();
    states.push(nextState(states.at(-1) ?? from, seen(status, (index + 1) * 1_000, { counts }), policy));
  });
  return states;
}

function hardLetters(states: readonly StateMemory[]): string {
  return states.map((state) => state.hard?.slice(0, 1) ?? "-").join("");
}

function transitions(states: readonly StateMemory[], from: StateMemory = emptyMemory): string[] {
  return states.flatMap((state, index) => {
    const told = transitionOf(states[index - 1] ?? from, state);
    return told === null ? [] : [`${told.from}→${told.to}`];
  });
}

const inRow: StatePolicy = defaultPolicy;
const threeOfFive: StatePolicy = { ...defaultPolicy, confirm: { fails: 3, of: 5 } };
const atOnce: StatePolicy = { ...defaultPolicy, confirm: { after: 1, recover: 1 } };

describe("what is confirmed", () => {
  const table: readonly (readonly [string, StatePolicy, string, string])[] = [
    ["the first good sample needs no confirmation", inRow, "o", "o"],
    ["the first bad ones do", inRow, "ccc", "--c"],
    ["one or two bad samples are no trouble yet", inRow, "occooco", "ooooooo"],
    ["the third in a row is", inRow, "occc", "oooc"],
    ["one good sample is no recovery, two are", inRow, "occcocoo", "ooocccco"],
    ["the mildest of the three is what all three agree on", inRow, "owcw", "ooow"],
    ["what gets worse must be confirmed as well", inRow, "owwwccc", "ooowwwc"],
    ["what gets milder falls after two", inRow, "occcww", "oooccw"],
    ["trouble that can no longer be seen becomes unknown", inRow, "occcuu", "oooccu"],
    ["no data is confirmed like trouble", inRow, "ouuu", "ooou"],
    ["nothing but no data is never more than unknown", inRow, "uuuuu", "--uuu"],
    ["three of the last five", threeOfFive, "ocococ", "oooooc"],
    ["two of the last five are not enough", threeOfFive, "ococoo", "oooooo"],
    ["three of five recover when only two bad are left", threeOfFive, "occcooo", "oooccco"],
    ["without confirmation each sample is hard", atOnce, "ocwuo", "ocwuo"],
    ["a planned state never counts, and breaks a row", inRow, "occCc", "ooooo"],
    ["nor does planned silence end trouble", inRow, "occcOOO", "ooocccc"],
  ];
  for (const [promise, policy, letters, hard] of table) {
    it(promise, () => assert.equal(hardLetters(follow(letters, policy)), hard));
  }

  it("is said with how many of how many", () => {
    const said = (letters: string, policy = inRow) => {
      const last = follow(letters, policy).at(-1);
      assert.ok(last);
      return `${confirmationOf(last)} ${last.attempt.n}/${last.attempt.of}`;
    };
    assert.equal(said("oc"), "soft 1/3");
    assert.equal(said("occ"), "soft 2/3");
    assert.equal(said("occc"), "hard 3/3");
    assert.equal(said("occco"), "soft 1/2");
    assert.equal(said("occcoo"), "hard 2/2");
    assert.equal(said("ococ", threeOfFive), "soft 2/3");
    assert.equal(said("ooC"), "soft 0/3");
  });
});

describe("what is shown", () => {
  it("is the last sample at once, whatever is confirmed", () => {
    assert.deepEqual(
      follow("ocwuo").map((state) => state.status),
      ["ok", "critical", "warning", "unknown", "ok"],
    );
  });

  it("becomes critical when nothing is known for as long as the policy says, and not before", () => {
    const policy = { ...inRow, unknown: { criticalAfterMs: 3_000 } };
    assert.deepEqual(
      follow("ouuuuuu", policy).map((state) => state.status),
      ["ok", "unknown", "unknown", "unknown", "critical", "critical", "critical"],
    );
    assert.equal(hardLetters(follow("ouuuuuu", policy)), "ooouuuc");
    assert.ok(follow("ouuuuuuuuu").every((state) => state.status !== "critical"));
  });

  it("counts silence anew after data came", () => {
    const policy = { ...inRow, unknown: { criticalAfterMs: 3_000 } };
    assert.ok(follow("ouuuouuu", policy).every((state) => state.status !== "critical"));
  });
});

describe("flapping", () => {
  it("weighs new changes more than old ones, and none is 0, all is 100 percent", () => {
    assert.equal(flapPercent("o".repeat(flapWindow)), 0);
    assert.ok(Math.abs(flapPercent("oc".repeat(11).slice(0, flapWindow)) - 100) < 1e-9);
    assert.ok(Math.abs(flapPercent(`c${"o".repeat(20)}`) - 4) < 1e-9);
    assert.ok(Math.abs(flapPercent(`${"o".repeat(20)}c`) - 6) < 1e-9);
  });

  it("begins at the upper threshold and ends only below the lower one", () => {
    const begun = follow("ooooooococococ").at(-1);
    assert.equal(begun?.flapping, true);
    const states = follow("o".repeat(flapWindow), inRow, begun);
    const ended = states.findIndex((state) => !state.flapping);
    assert.ok(ended > 2);
    for (const [index, state] of states.entries()) {
      assert.equal(state.flapping, index < ended);
      if (index < ended) assert.ok(flapPercent(state.recent) >= 20);
    }
  });

  it("tells nothing while it lasts, and the recovery when it has ended", () => {
    const letters = `occc${"ooccc".repeat(12)}${"o".repeat(flapWindow)}`;
    const told = transitions(follow(letters));
    assert.equal(told[0], "ok→critical");
    assert.equal(told.at(-1), "critical→ok");
    assert.ok(told.length <= 8, told.join(" "));
    assert.equal(transitions(follow(letters, { ...inRow, flapping: null })).length, 26);
  });
});

const status = fc.constantFrom(...statuses);
const confirm = fc.oneof(
  fc.record({ after: fc.integer({ min: 1, max: 5 }), recover: fc.integer({ min: 1, max: 5 }) }),
  fc
    .integer({ min: 1, max: 9 })
    .chain((of) => fc.record({ fails: fc.integer({ min: 1, max: of }), of: fc.constant(of) })),
);
const policy: fc.Arbitrary<StatePolicy> = fc.record({
  confirm,
  flapping: fc.constantFrom(null, { high: 30, low: 20 }, { high: 50, low: 25 }),
  unknown: fc.record({ criticalAfterMs: fc.constantFrom(null, 1_000, 5_000) }),
});
const sample = fc.record({ status, counts: fc.boolean(), held: fc.boolean() });

function run(samples: readonly Seen[], given: StatePolicy, from = emptyMemory): StateMemory[] {
  const states: StateMemory[] = [];
  for (const one of samples) states.push(nextState(states.at(-1) ?? from, one, given));
  return states;
}

describe("for every sequence of samples", () => {
  it("nothing becomes green from no data", () => {
    const blind = fc.array(sample.map((one) => ({ ...one, status: "unknown" as const })));
    fc.assert(
      fc.property(blind, policy, status, (samples, given, before) => {
        for (const from of [emptyMemory, memoryOf(before, 0)]) {
          for (const state of run(
            samples.map((one, at) => ({ ...one, at: at * 1_000 })),
            given,
            from,
          )) {
            assert.notEqual(state.status, "ok");
            if (from.hard !== "ok") assert.notEqual(state.hard, "ok");
            if (from.told !== "ok") assert.notEqual(state.told, "ok");
          }
        }
      }),
    );
  });

  it("ok is shown only of a sample that was ok, and confirmed only after one", () => {
    fc.assert(
      fc.property(fc.array(sample), policy, (samples, given) => {
        const states = run(
          samples.map((one, at) => ({ ...one, at: at * 1_000 })),
          given,
        );
        states.forEach((state, index) => {
          if (state.status === "ok") assert.equal(samples[index]?.status, "ok");
          if (state.hard === "ok")
            assert.ok(samples.slice(0, index + 1).some((one) => one.status === "ok" && one.counts));
        });
      }),
    );
  });

  it("the order in which samples of one time arrive does not matter", () => {
    const shuffled = fc
      .array(fc.record({ status, counts: fc.boolean(), held: fc.boolean(), at: fc.nat(6).map((n) => n * 1_000) }), {
        maxLength: 20,
      })
      .chain((samples) => fc.tuple(fc.constant(samples), fc.shuffledSubarray(samples, { minLength: samples.length })));
    fc.assert(
      fc.property(shuffled, policy, ([one, other], given) => {
        const byTime = (samples: readonly Seen[]) => samples.toSorted((a, b) => a.at - b.at);
        assert.deepEqual(run(byTime(one), given).at(-1), run(byTime(other), given).at(-1));
      }),
    );
  });

  it("a planned state never counts: it confirms nothing, recovers nothing and tells nothing", () => {
    fc.assert(
      fc.property(fc.array(sample), fc.array(status, { minLength: 1 }), policy, (samples, planned, given) => {
        const before =
          run(
            samples.map((one, at) => ({ ...one, at: at * 1_000 })),
            given,
          ).at(-1) ?? emptyMemory;
        const from = samples.length * 1_000;
        const during = run(
          planned.map((shown, at) => seen(shown, from + at * 1_000, { counts: false })),
          given,
          before,
        );
        for (const state of during) {
          assert.deepEqual([state.hard, state.hardSince, state.told], [before.hard, before.hardSince, before.told]);
          assert.equal(state.flapping, before.flapping);
        }
      }),
    );
  });

  it("held samples tell nothing, and the first that is not held tells what is confirmed", () => {
    fc.assert(
      fc.property(fc.array(sample), policy, (samples, given) => {
        const free = { ...given, flapping: null };
        let before = emptyMemory;
        samples.forEach((one, at) => {
          const state = nextState(before, { ...one, at: at * 1_000 }, free);
          if (one.held || !one.counts) assert.equal(state.told, before.told);
          else if (state.status === state.hard) assert.equal(state.told, state.hard);
          before = state;
        });
      }),
    );
  });

  it("flap suppression never eats the last recovery", () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 60 }), policy, (samples, given) => {
        const calm = Array.from({ length: flapWindow + 9 }, () => ({
          status: "ok" as const,
          counts: true,
          held: false,
        }));
        const states = run(
          [...samples, ...calm].map((one, at) => ({ ...one, at: at * 1_000 })),
          given,
        );
        assert.deepEqual([states.at(-1)?.status, states.at(-1)?.hard, states.at(-1)?.told], ["ok", "ok", "ok"]);
        assert.equal(states.at(-1)?.flapping, false);
        const told = transitions(states);
        if (told.length > 0) assert.ok(told.at(-1)?.endsWith("→ok"), told.join(" "));
      }),
    );
  });

  it("replaying the stored statuses confirms, flaps and tells the same", () => {
    fc.assert(
      fc.property(fc.array(sample), policy, (samples, given) => {
        const states = run(
          samples.map((one, at) => ({ ...one, at: at * 1_000 })),
          given,
        );
        const stored = states.map((state, at) => ({ status: state.status, at: at * 1_000, ...flagsOf(samples[at]) }));
        const again = run(stored, { ...given, unknown: { criticalAfterMs: null } });
        const kept = ({ status: shown, hard, hardSince, told, recent, flapping }: StateMemory) => [
          shown,
          hard,
          hardSince,
          told,
          recent,
          flapping,
        ];
        assert.deepEqual(again.map(kept), states.map(kept));
      }),
    );
  });

  it("what is remembered is plain JSON of bounded size", () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 80 }), policy, (samples, given) => {
        for (const state of run(
          samples.map((one, at) => ({ ...one, at: at * 1_000 })),
          given,
        )) {
          const text = JSON.stringify(state);
          assert.deepEqual(JSON.parse(text), state);
          assert.ok(text.length < 600, `${text.length}`);
        }
      }),
    );
  });
});

function flagsOf(one: { readonly counts: boolean; readonly held: boolean } | undefined) {
  return { counts: one?.counts ?? true, held: one?.held ?? false };
}
