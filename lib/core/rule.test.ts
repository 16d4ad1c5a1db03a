import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  type FactRule,
  forgetPending,
  judge,
  judgeNext,
  type RuleMemory,
  type RuleOverride,
  type ThresholdRule,
} from "#lib/core/rule.ts";

type Queue = { queued: number | null };

const queue: ThresholdRule<Queue> = {
  type: "threshold",
  id: "queue",
  title: "Request queue",
  unit: "count",
  raise: "above",
  warning: 10,
  critical: 50,
  help: "Requests wait.",
  read: (detail) => [{ node: "web-01", value: detail.queued, say: (number) => `${number} requests queued` }],
};

const gone: FactRule<Queue> = {
  type: "fact",
  id: "gone",
  title: "Gone",
  severity: "critical",
  help: "It is gone.",
  find: () => [{ message: "it is gone" }],
};

test("a finding says number, limit and node", () => {
  assert.deepEqual(judge({ queued: 21 }, [queue]), [
    {
      rule: "queue",
      severity: "warning",
      node: "web-01",
      message: "web-01: 21 requests queued (limit 10)",
      value: 21,
      limit: 10,
    },
  ]);
});

test("a limit is reached at the limit, and the worse one wins", () => {
  const severity = (queued: number) => judge({ queued }, [queue])[0]?.severity;
  assert.deepEqual([9, 10, 49, 50].map(severity), [undefined, "warning", "warning", "critical"]);
});

test("what was not measured is not judged: missing is not zero", () => {
  assert.deepEqual(judge({ queued: null }, [{ ...queue, raise: "below" }]), []);
  assert.deepEqual(judge({ queued: Number.NaN }, [queue]), []);
});

test("a rule can be switched off, moved, or made milder for one service", () => {
  const with_ = (override: Parameters<typeof judge>[2]) =>
    judge({ queued: 60 }, [queue], override).map(({ severity, limit }) => [severity, limit]);
  assert.deepEqual(with_({ queue: false }), []);
  assert.deepEqual(with_({ queue: { critical: 100 } }), [["warning", 10]]);
  assert.deepEqual(with_({ queue: { critical: null } }), [["warning", 10]]);
  assert.deepEqual(with_({ queue: { severity: "info" } }), [["info", 50]]);
});

test("the worst finding comes first", () => {
  assert.deepEqual(
    judge({ queued: 20 }, [queue, gone]).map(({ rule }) => rule),
    ["gone", "queue"],
  );
});

test("a worse number never gives a milder finding", () => {
  const rank = { info: 0, warning: 1, critical: 2 };
  const severity = (queued: number) => {
    const [finding] = judge({ queued }, [queue]);
    return finding === undefined ? -1 : rank[finding.severity];
  };
  fc.assert(fc.property(fc.nat(200), fc.nat(200), (a, b) => severity(Math.max(a, b)) >= severity(Math.min(a, b))));
});

/** Follows values, one a second, and gives the finding after each: `w`, `c` or `-`; a hole is `null`. */
function follow(values: readonly (number | null)[], override: RuleOverride, rule = queue): string {
  let memory: RuleMemory = {};
  return values
    .map((queued, second) => {
      const judgement = judgeNext({ queued }, [rule], { queue: override }, memory, second * 1_000);
      memory = JSON.parse(JSON.stringify(judgement.memory)) as RuleMemory;
      return judgement.findings[0]?.severity.slice(0, 1) ?? "-";
    })
    .join("");
}

test("what was raised stays until it clears, where a rule says so", () => {
  const values = [9, 10, 9, 8, 9, 7];
  assert.equal(follow(values, {}), "-w----");
  assert.equal(follow(values, { clear: 8 }), "-ww---");
  assert.equal(follow(values, { clear: 6 }), "-wwwww");
  assert.equal(follow([49, 50, 41, 40, 8], { clear: { critical: 40 } }), "wccw-");
  assert.equal(follow([50, 20, 9, 8], { clear: 8 }), "cww-");
  assert.equal(
    follow([6, 5, 6, 7, 8], { warning: 5, critical: null, clear: 7 }, { ...queue, raise: "below" }),
    "-ww--",
  );
});

test("while only its clearing limit keeps it raised, a finding says so", () => {
  const first = judgeNext({ queued: 10 }, [queue], { queue: { clear: 8 } }, {}, 0);
  const second = judgeNext({ queued: 9 }, [queue], { queue: { clear: 8 } }, first.memory, 1_000);
  assert.equal(first.findings[0]?.message, "web-01: 10 requests queued (limit 10)");
  assert.equal(second.findings[0]?.message, "web-01: 9 requests queued (limit 10, clears at 8)");
});

test("a limit that must hold for a while is raised only when it held all the time", () => {
  assert.equal(follow([10, 11, 12, 13], { for: 3_000 }), "---w");
  assert.equal(follow([10, 11, 9, 13, 14, 15, 16], { for: 3_000 }), "------w");
  assert.equal(follow([10, 60, 60, 60, 60, 20], { for: 3_000 }), "---wcw");
  const [finding] = judgeNext(
    { queued: 12 },
    [queue],
    { queue: { for: 300_000 } },
    { "queue|web-01||warning": { since: 0, raised: false } },
    300_000,
  ).findings;
  assert.equal(finding?.message, "web-01: 12 requests queued (limit 10 for 5 min)");
});

test("a hole in the numbers clears nothing, and what was waiting begins anew", () => {
  assert.equal(follow([10, null, 9], { clear: 8 }), "w-w");
  assert.equal(follow([10, 10, null, 10, 10, 10, 10], { for: 3_000 }), "------w");
});

test("a fact may have to last as well", () => {
  let memory: RuleMemory = {};
  const told = [0, 1, 2, 3].map((second) => {
    const judgement = judgeNext({ queued: null }, [gone], { gone: { for: 2_000 } }, memory, second * 1_000);
    memory = judgement.memory;
    return judgement.findings.length;
  });
  assert.deepEqual(told, [0, 0, 1, 1]);
});

test("after a time that nobody measured, what only held begins anew, and what was raised stays", () => {
  const memory = { a: { since: 0, raised: true }, b: { since: 0, raised: false } };
  assert.deepEqual(forgetPending(memory), { a: { since: 0, raised: true } });
});

test("without clear or for, what was before changes nothing, and nothing is remembered", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(100))), fc.nat(100), (values, queued) => {
      let memory: RuleMemory = {};
      for (const value of values) memory = judgeNext({ queued: value }, [queue, gone], {}, memory, 0).memory;
      assert.deepEqual(memory, {});
      assert.deepEqual(judgeNext({ queued }, [queue, gone], {}, memory, 0).findings, judge({ queued }, [queue, gone]));
    }),
  );
});

test("a limit that clears later never says less than one that clears at once, and nothing is raised from holes", () => {
  const rank = { "-": 0, w: 1, c: 2 } as const;
  const levels = (told: string) => [...told].map((letter) => rank[letter as keyof typeof rank]);
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(60))), fc.integer({ min: 0, max: 10 }), (values, clear) => {
      const plain = levels(follow(values, {}));
      levels(follow(values, { clear })).forEach((level, at) => {
        assert.ok(level >= (plain[at] ?? 0));
        if (values[at] === null) assert.equal(level, 0);
      });
    }),
  );
});
