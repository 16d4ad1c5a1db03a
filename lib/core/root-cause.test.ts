import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Finding } from "#lib/core/finding.ts";
import { findTroubles, type Suspect } from "#lib/core/root-cause.ts";
import { type Status, statuses } from "#lib/core/status.ts";

/**
 * A scene is one line a service: `id status@onset on:nodes all:nodes < dependencies`.
 * `search critical@10` · `lb critical@14 on:web-01,web-02 all:web-01,web-02,web-03 < health` · `health critical@12 >search < web`
 * (`own` it starts here, `stays` it hurts nothing above; `on:` the nodes its findings name, `all:` every node it has, `>x` its finding names service x as the cause).
 */
function scene(text: string): Suspect[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [left = "", right = ""] = line.trim().split(" < ");
      const [id = "", state = "ok", ...more] = left.split(/\s+/);
      const [status = "ok", since] = state.split("@");
      const list = (prefix: string) =>
        more
          .filter((word) => word.startsWith(prefix))
          .flatMap((word) => word.slice(prefix.length).split(","))
          .filter((word) => word !== "");
      const on = list("on:");
      const [pointsAt] = list(">");
      return {
        id,
        status: status as Status,
        since: since === undefined ? null : Number(since),
        dependsOn: right.split(/\s+/).filter((word) => word !== ""),
        nodes: list("all:").length > 0 ? list("all:") : on,
        findings: findings(status as Status, on, pointsAt).map((finding) => ({
          ...finding,
          ...(more.includes("own") ? { selfMade: true as const } : {}),
          ...(more.includes("stays") ? { contained: true as const } : {}),
        })),
      };
    });
}

function findings(status: Status, on: readonly string[], pointsAt: string | undefined): Finding[] {
  if (status !== "critical" && status !== "warning") return [];
  const about = on.length === 0 ? [undefined] : on;
  return about.map((node) => ({
    rule: "down",
    severity: status,
    message: `${node ?? "it"} is down`,
    ...(node === undefined ? {} : { node }),
    ...(pointsAt === undefined ? {} : { pointsAt }),
  }));
}

/** `root: chain, of, ids` a line, worst trouble first. */
function said(text: string): string[] {
  return findTroubles(scene(text)).map((trouble) => trouble.chain.map((service) => service.id).join(" > "));
}

const web = "all:web-01,web-02,web-03";

const scenarios: [promise: string, text: string, expected: string[]][] = [
  ["all well is no trouble", "search ok\nlb ok < search", []],
  ["one service alone is its own root", "pg critical@5\nlb ok", ["pg"]],
  [
    "a search outage is named through the health checks that it fails",
    `search critical@10
     web warning@11 on:web-01 ${web} < search
     health critical@12 on:web-01,web-02,web-03 ${web} < web search
     lb critical@14 on:web-01,web-02,web-03 ${web} < health`,
    ["search > web > health > lb"],
  ],
  [
    "a symptom that was seen before its cause is still a symptom",
    `search critical@20
     health critical@12 < search
     lb critical@10 < health`,
    ["search > health > lb"],
  ],
  [
    "the way from cause to symptom may lead through a service that is well",
    `search critical@10
     web ok@0 < search
     lb critical@14 < web`,
    ["search > lb"],
  ],
  [
    "one bad host is the root of its own failed check and of its place in the balancer",
    `search ok
     web critical@10 on:web-02 ${web} < search
     health critical@11 on:web-02 ${web} < web search
     lb warning@12 on:web-02 ${web} < health`,
    ["web > health > lb"],
  ],
  [
    "a queue on one host does not explain another host out of rotation",
    `web critical@10 on:web-01 ${web}
     lb critical@11 on:web-03 ${web} < web`,
    ["web", "lb"],
  ],
  [
    "a milder trouble below does not explain a worse one above",
    `pg warning@1 on:pg-b all:pg-a,pg-b
     search critical@10
     web critical@12 on:web-01 ${web} < search pg`,
    ["search > web", "pg"],
  ],
  [
    "two independent causes at once are two troubles, the one with more symptoms first",
    `search critical@10
     web critical@11 < search
     lb critical@12 < web
     cert critical@9`,
    ["search > web > lb", "cert"],
  ],
  [
    "of two causes that both could be, the worse one is taken",
    `pg warning@10
     search critical@11
     health warning@12 < pg search`,
    ["search > health", "pg"],
  ],
  [
    "a health page that names its failing dependency settles it",
    `pg critical@10
     search critical@11
     health critical@12 >search < pg search`,
    ["search > health", "pg"],
  ],
  [
    "a dependency that is named is followed even if nobody declared it",
    "search critical@10\nhealth critical@12 >search",
    ["search > health"],
  ],
  [
    "a program that is not running is its own root, whatever else is down",
    `search critical@10
     web critical@11 own on:web-02 ${web} < search
     lb warning@12 on:web-02 ${web} < web`,
    ["web > lb", "search"],
  ],
  [
    "replication lag is no reason for an app to be down",
    `pg critical@10 stays on:pg-b all:pg-a,pg-b
     web critical@11 on:web-02 ${web} < pg`,
    ["pg", "web"],
  ],
  [
    "a primary that is lost explains the apps above it",
    `pg critical@10 all:pg-a,pg-b
     web critical@12 on:web-01,web-02,web-03 ${web} < pg
     lb critical@15 on:web-01,web-02,web-03 ${web} < web`,
    ["pg > web > lb"],
  ],
  [
    "overload that starts in the app starts in the app, whatever the balancer says first",
    `search ok
     web critical@12 on:web-01,web-02,web-03 ${web} < search
     health critical@10 on:web-01,web-02,web-03 ${web} < web search
     lb critical@11 on:web-01,web-02,web-03 ${web} < health`,
    ["web > health > lb"],
  ],
  ["a dead balancer is the root when everything behind it is well", "web ok\nlb critical@10 < web", ["lb"]],
  ["a dependency that cannot be seen explains nothing", "search unknown@1\nlb critical@10 < search", ["lb"]],
  ["a service that cannot be seen is not a trouble", "search unknown@1\nlb ok", []],
  ["a cycle is cut at its earliest onset", "a critical@12 < b\nb critical@10 < c\nc critical@11 < a", ["b > a > c"]],
  ["a service that depends on itself is its own root", "a critical@1 < a", ["a"]],
  ["a dependency that does not exist is ignored", "a critical@1 < gone", ["a"]],
  [
    "a warning that follows from a critical cause joins its trouble",
    "search critical@10\nhealth warning@9 < search",
    ["search > health"],
  ],
  [
    "the chain goes as far downstream as the trouble does",
    `db critical@1
     app critical@2 < db
     cron warning@2 < db
     lb critical@3 < app
     page warning@4 < lb`,
    ["db > app > lb > page"],
  ],
];

for (const [promise, text, expected] of scenarios) {
  test(promise, () => assert.deepEqual(said(text), expected));
}

const ids = ["a", "b", "c", "d", "e", "f"];
const anyScene = fc.array(
  fc.record({
    status: fc.constantFrom(...statuses),
    since: fc.option(fc.integer({ min: 0, max: 5_000 }).map((seconds) => seconds * 1_000)),
    dependsOn: fc.subarray(ids),
    narrow: fc.option(fc.subarray(["n1", "n2", "n3"])),
    on: fc.subarray(["n1", "n2", "n3"]),
    pointsAt: fc.option(fc.constantFrom(...ids), { nil: undefined }),
    spread: fc.constantFrom(
      {},
      {},
      { selfMade: true as const },
      { contained: true as const },
      { contained: "node" as const },
    ),
  }),
  { minLength: ids.length, maxLength: ids.length },
);

type Drawn = Parameters<Parameters<typeof anyScene.map>[0]>[0];

function suspectsOf(drawn: Drawn): Suspect[] {
  return drawn.map((one, at) => ({
    id: ids[at] as string,
    status: one.status,
    since: one.since,
    dependsOn: one.dependsOn,
    narrow:
      one.narrow === null
        ? {}
        : Object.fromEntries(one.dependsOn.slice(0, 1).map((id) => [id, { nodes: one.narrow ?? [], subjects: [] }])),
    nodes: ["n1", "n2", "n3"],
    findings: findings(one.status, one.on, one.pointsAt).map((finding) => ({ ...finding, ...one.spread })),
  }));
}

/** Everything that is told of troubles, by ids. */
function toldOf(services: readonly Suspect[]): unknown {
  return findTroubles(services).map(({ chain, symptoms, links, thin }) => ({
    chain: chain.map(({ id }) => id),
    symptoms: symptoms.map(({ id }) => id),
    links: links.map(({ symptom, cause, thin: doubts }) => [symptom.id, cause.id, ...doubts]),
    thin: thin.map(({ why }) => why),
  }));
}

const troubled = ({ status }: Suspect) => status === "critical" || status === "warning";

test("every service in trouble belongs to exactly one trouble, whatever the graph", () => {
  fc.assert(
    fc.property(anyScene.map(suspectsOf), (services) => {
      const members = findTroubles(services).flatMap(({ root, symptoms }) => [
        root.id,
        ...symptoms.map(({ id }) => id),
      ]);
      assert.deepEqual(
        members.sort(),
        services
          .filter(troubled)
          .map(({ id }) => id)
          .sort(),
      );
    }),
  );
});

test("the order in which services are listed changes nothing that is told", () => {
  const shuffled = anyScene
    .map(suspectsOf)
    .chain((services) =>
      fc.tuple(
        fc.constant(services),
        fc.shuffledSubarray(services, { minLength: services.length, maxLength: services.length }),
      ),
    );
  fc.assert(fc.property(shuffled, ([services, other]) => assert.deepEqual(toldOf(other), toldOf(services))));
});

test("services that are well and that nothing leads through change nothing", () => {
  fc.assert(
    fc.property(anyScene.map(suspectsOf), fc.subarray(ids), (services, dependsOn) => {
      const well: Suspect = { id: "well", status: "ok", since: 1, dependsOn, findings: [], nodes: ["n1"] };
      assert.deepEqual(toldOf([well, ...services]), toldOf(services));
    }),
  );
});

test("each chain leads from its root over members to a symptom, and no service stands in it twice", () => {
  fc.assert(
    fc.property(anyScene.map(suspectsOf), (services) => {
      for (const { root, chain, symptoms } of findTroubles(services)) {
        assert.equal(chain[0], root);
        assert.equal(new Set(chain).size, chain.length);
        assert.ok(chain.slice(1).every((each) => symptoms.includes(each)));
        assert.equal(chain.length > 1, symptoms.length > 0);
      }
    }),
  );
});

test("a symptom is worse than what is said to cause it only if it names that, or where a warning rose shortly before", () => {
  fc.assert(
    fc.property(anyScene.map(suspectsOf), (services) => {
      for (const { cause, symptom, named } of findTroubles(services).flatMap(({ links }) => links)) {
        if (named || cause.status === symptom.status || cause.status === "critical") continue;
        const before = (symptom.since ?? 0) - (cause.since ?? 0);
        assert.ok(before <= 900_000 && before >= -30_000, `${cause.id} explains ${symptom.id}`);
      }
    }),
  );
});

test("what starts where it is never is a symptom unless it names its cause, and what stays where it is never a cause", () => {
  fc.assert(
    fc.property(anyScene.map(suspectsOf), (services) => {
      for (const { cause, symptom, named } of findTroubles(services).flatMap(({ links }) => links)) {
        if (named) continue;
        assert.ok(symptom.findings.some((finding) => finding.selfMade !== true));
        assert.ok(cause.findings.some((finding) => finding.contained !== true));
        if (cause.findings.some((finding) => finding.contained === undefined)) continue;
        // What stays on its nodes is a cause for those alone that complain of them.
        const complaints = symptom.findings.flatMap(({ node }) => node ?? []);
        assert.ok(complaints.some((node) => cause.findings.some((finding) => finding.node === node)));
      }
    }),
  );
});

test("a long chain and a large circle are followed without recursion", () => {
  const many = 2_000;
  const service = (at: number, dependsOn: string[]): Suspect => ({
    id: `s${at}`,
    status: "critical",
    since: at,
    dependsOn,
    findings: findings("critical", [], undefined),
    nodes: [],
  });
  const chain = Array.from({ length: many }, (_, at) => service(at, at === 0 ? [] : [`s${at - 1}`]));
  assert.equal(findTroubles(chain)[0]?.chain.length, many);
  const circle = Array.from({ length: many }, (_, at) => service(at, [`s${(at + many - 1) % many}`]));
  assert.equal(findTroubles(circle)[0]?.root.id, "s0");
});
