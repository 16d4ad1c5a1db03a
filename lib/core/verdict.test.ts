import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type VerdictInput, verdictOf } from "#lib/core/verdict.ts";

const now = 1_000_000;

function service(id: string, more: Partial<VerdictInput> = {}): VerdictInput {
  return {
    id,
    name: id,
    status: "ok",
    since: now - 60_000,
    dependsOn: [],
    findings: [],
    trend: { series: {} },
    actions: [],
    ...more,
  };
}

test("what the trend of a service that is well tells is not asked: the poller leaves it out", () => {
  const down = { rule: "down", severity: "critical" as const, node: "web-1", message: "web-1: no answer" };
  const past = { at: [now - 90_000, now - 70_000], status: ["critical", "critical"] as const };
  const scene = (trend: VerdictInput["trend"]) => [
    service("search", { trend }),
    service("health", {
      status: "critical",
      dependsOn: ["search"],
      findings: [down],
      trend: { ...past, series: { "up|web-1|": null } },
    }),
    service("lb", { status: "warning", dependsOn: ["health"], findings: [{ ...down, severity: "warning" }] }),
  ];
  const told = { ...past, series: { "up|web-1|": [1], "up|web-2|": [1] } };
  assert.deepEqual(verdictOf(scene(told), now), verdictOf(scene({ series: {} }), now));
});

test("the sentence names the root, then what users feel", () => {
  const verdict = verdictOf(
    [
      service("Search", {
        status: "critical",
        findings: [
          {
            rule: "down",
            severity: "critical",
            node: "search-1",
            message: "search-1: no answer",
            clause: "does not answer",
          },
        ],
      }),
      service("Load balancer", {
        status: "critical",
        dependsOn: ["Search"],
        findings: [
          {
            rule: "in-rotation",
            severity: "critical",
            subject: "learn",
            message: "learn: 0 of 3 servers in rotation",
            clause: "has 0 of 3 learn servers in rotation",
          },
        ],
      }),
      service("PostgreSQL"),
    ],
    now,
  );
  assert.equal(
    verdict.sentence,
    "Search does not answer, and because of that Load balancer has 0 of 3 learn servers in rotation",
  );
  assert.deepEqual(
    verdict.chain.map((link) => [link.name, link.root, link.words]),
    [
      ["Search", true, "does not answer · 1 min"],
      ["Load balancer", false, "has 0 of 3 learn servers in rotation"],
    ],
  );
  assert.equal(verdict.healthy, 1);
  assert.equal(verdict.status, "critical");
});

test("a trouble on one of several nodes names the node, on many it counts them", () => {
  const down = (node: string) =>
    ({
      rule: "not-running",
      severity: "critical",
      node,
      message: `${node}: Passenger is not running`,
      clause: "is not running",
    }) as const;
  const series = { "queue|web-01|": [], "queue|web-02|": [], "queue|web-03|": [] };
  const sentence = (nodes: string[]) =>
    verdictOf([service("Learn", { status: "critical", findings: nodes.map(down), trend: { series } })], now).sentence;
  assert.equal(sentence(["web-02"]), "Learn is not running on web-02");
  assert.equal(sentence(["web-02", "web-03"]), "Learn is not running on 2 of 3 nodes");
});

test("a suggested action that cannot be run now is not suggested", () => {
  const finding = {
    rule: "not-running",
    severity: "critical",
    node: "web-02",
    message: "web-02: Passenger is not running",
    action: { id: "restart", params: { node: "web-02" } },
  } as const;
  const actions = (blocked: string | null) =>
    verdictOf(
      [
        service("Learn", {
          status: "critical",
          findings: [finding],
          actions: [{ id: "restart", title: "Restart", blocked }],
        }),
      ],
      now,
    ).actions;
  assert.deepEqual(actions(null), [
    { serviceId: "Learn", id: "restart", title: "Restart · web-02", params: { node: "web-02" } },
  ]);
  assert.deepEqual(actions("no command is configured"), []);
});

test("a symptom's remedies are not suggested: they would not help", () => {
  const finding = (id: string) =>
    ({ rule: "down", severity: "critical", message: "down", action: { id, params: {} } }) as const;
  const actions = [{ id: "restart", title: "Restart", blocked: null }];
  const search = service("Search", {
    status: "critical",
    findings: [{ rule: "down", severity: "critical", message: "down" }],
  });
  const learn = service("Learn", {
    status: "critical",
    dependsOn: ["Search"],
    findings: [finding("restart")],
    actions,
  });
  assert.deepEqual(verdictOf([search, learn], now).actions, []);
  assert.equal(verdictOf([learn], now).actions.length, 1);
});

test("what cannot be seen is said, and is neither well nor down", () => {
  assert.equal(
    verdictOf([service("A", { status: "unknown" }), service("B")], now).sentence,
    "A cannot be seen; everything else is well",
  );
  assert.equal(verdictOf([service("A", { status: "unknown" })], now).sentence, "Nothing can be seen right now");
  assert.equal(verdictOf([], now).status, "unknown");
  assert.equal(verdictOf([service("A"), service("B")], now).sentence, "All is well");
});

const inMaintenance = { maintenance: [{ nodes: null, from: now - 60_000, until: now + 60_000 }] };
const noAnswer = [{ rule: "down", severity: "critical" as const, message: "no answer", clause: "does not answer" }];

test("a planned state does not count: its service is named as planned, and not as trouble", () => {
  const db = service("Database", { status: "critical", findings: noAnswer, ...inMaintenance });
  const verdict = verdictOf([db, service("Site")], now);
  assert.equal(verdict.status, "ok");
  assert.equal(verdict.sentence, "All is well; Database is in maintenance");
  assert.deepEqual([verdict.chain, verdict.others, verdict.healthy, verdict.planned], [[], [], 1, 1]);
  const after = verdictOf([db, service("Site")], now + 60_000);
  assert.equal(after.status, "critical", "when it is over, what is still wrong counts");
  assert.equal(after.sentence, "Database does not answer");
});

test("what suffers from planned work counts, and the planned work is named as the reason", () => {
  const verdict = verdictOf(
    [
      service("Database", { status: "critical", findings: noAnswer, ...inMaintenance }),
      service("Site", { status: "critical", dependsOn: ["Database"], findings: noAnswer }),
    ],
    now,
  );
  assert.equal(verdict.status, "critical");
  assert.equal(verdict.sentence, "Database is in maintenance, and because of that Site does not answer");
  assert.deepEqual(verdict.actions, []);
});

test("a board that is all in maintenance is neither well nor in trouble", () => {
  const verdict = verdictOf([service("Database", inMaintenance)], now);
  assert.equal(verdict.status, "unknown");
  assert.equal(verdict.sentence, "Everything that is watched is in maintenance");
});

test("a service that cannot be seen during its maintenance is not told as unseen", () => {
  const verdict = verdictOf([service("Database", { status: "unknown", ...inMaintenance }), service("Site")], now);
  assert.deepEqual([verdict.status, verdict.others], ["ok", []]);
});

test("what suffers from a service that cannot be seen during its maintenance suffers from planned work", () => {
  const site = service("Site", {
    status: "critical",
    since: now - 30_000,
    dependsOn: ["Database"],
    findings: noAnswer,
  });
  for (const since of [now - 50_000, now - 1_000, null]) {
    const db = service("Database", { status: "unknown", since, ...inMaintenance });
    const { sentence } = verdictOf([db, site], now);
    assert.equal(sentence, "Database is in maintenance, and because of that Site does not answer");
    assert.equal(verdictOf([{ ...db, maintenance: [] }, site], now).chain[0]?.serviceId, "Site");
  }
});

test("a refused dependency changes as much as one that was never found: nothing", () => {
  const ids = ["a", "b", "c", "d"];
  const one = fc.record({
    critical: fc.boolean(),
    declared: fc.subarray(ids),
    refused: fc.subarray(ids),
    followed: fc.subarray(ids),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: ids.length, maxLength: ids.length }), (drawn) => {
      const board = (withRefused: boolean) =>
        drawn.map(({ critical, declared, refused, followed }, at) =>
          service(ids[at] as string, {
            status: critical ? "critical" : "ok",
            since: at,
            dependsOn: declared,
            findings: critical ? [{ rule: "down", severity: "critical", message: "down" }] : [],
            found: [
              ...followed.filter((id) => !refused.includes(id)).map((id) => ({ id, evidence: ["seen"] })),
              ...(withRefused ? refused.map((id) => ({ id, evidence: ["seen"], refused: "person" as const })) : []),
            ],
          }),
        );
      assert.deepEqual(verdictOf(board(true), now), verdictOf(board(false), now));
    }),
  );
});
