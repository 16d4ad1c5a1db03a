import assert from "node:assert/strict";
import test from "node:test";
import type { Finding } from "#lib/core/finding.ts";
import { findTroubles } from "#lib/core/root-cause.ts";
import type { Status } from "#lib/core/status.ts";
import { type FoundDependency, subjectsOf, type VerdictInput } from "#lib/core/subject.ts";
import { verdictOf } from "#lib/core/verdict.ts";

/**
 * A scene, one line a service: `id status@onset words… < what it depends on`. Onsets are seconds, the scene is looked at
 * at 900. Words: `on:a,b` nodes that its findings name; `all:a,b` every node it has; `own` it starts here; `stays` it hurts
 * nothing above; `stays-on-node` it hurts only what uses that node; `>x` a finding names service x; `also:warning:a`
 * another finding; `old:5` in milder trouble since then; `just` one check has seen it; `every:60` its interval; `has:restart` an action that its finding proposes and can be run.
 * Dependencies: `x` declared; `~x` found; `~x[a,b]` found, of its nodes a and b only; `~x{s1=a}` found, its s1 is x's a;
 * `!x` found and refused.
 */
function scene(text: string): VerdictInput[] {
  return text.trim().split("\n").map(serviceOf);
}

const now = 900_000;

function serviceOf(line: string): VerdictInput {
  const [left = "", right = ""] = line.trim().split(" < ");
  const [id = "", state = "ok", ...words] = left.split(/\s+/);
  const [status = "ok", at] = state.split("@") as [Status, string | undefined];
  const word = (prefix: string) => words.find((each) => each.startsWith(prefix))?.slice(prefix.length);
  const list = (prefix: string) => word(prefix)?.split(",") ?? [];
  const since = at === undefined ? null : Number(at) * 1_000;
  const old = word("old:");
  const all = list("all:").length > 0 ? list("all:") : list("on:");
  const needs = right.split(/\s+/).filter((each) => each !== "");
  const action = word("has:");
  return {
    id,
    name: id,
    status,
    since,
    checkedAt: words.includes("just") ? since : now,
    intervalMs: Number(word("every:") ?? 2) * 1_000,
    dependsOn: needs.filter((each) => !/^[~!]/.test(each)),
    found: needs.filter((each) => /^[~!]/.test(each)).map(foundOf),
    findings: findingsOf(status, words, list("on:"), word(">"), action),
    trend: {
      series: Object.fromEntries(all.map((node) => [`n|${node}|`, []])),
      ...(old === undefined ? {} : { at: [Number(old) * 1_000, now], status: ["warning", status] as const }),
    },
    actions: action === undefined ? [] : [{ id: action, title: action, blocked: null }],
  };
}

function foundOf(text: string): FoundDependency {
  const [, mark, id = "", nodes, same] = /^([~!])([\w-]+)(?:\[(.*)\])?(?:\{(.*)\})?$/.exec(text) ?? [];
  return {
    id,
    evidence: [`found ${id}`],
    ...(nodes === undefined ? {} : { nodes: nodes.split(",") }),
    ...(same === undefined ? {} : { same: same.split(",").map((pair) => pair.split("=") as [string, string]) }),
    ...(mark === "!" ? { refused: "person" as const } : {}),
  };
}

function findingsOf(
  status: Status,
  words: readonly string[],
  on: readonly string[],
  pointsAt: string | undefined,
  action: string | undefined,
): Finding[] {
  if (status !== "critical" && status !== "warning") return [];
  const spread = {
    ...(words.includes("own") ? { selfMade: true as const } : {}),
    ...(words.includes("stays") ? { contained: true as const } : {}),
    ...(words.includes("stays-on-node") ? { contained: "node" as const } : {}),
    ...(pointsAt === undefined ? {} : { pointsAt }),
    ...(action === undefined ? {} : { action: { id: action, params: {} } }),
  };
  const main = (on.length === 0 ? [undefined] : on).map((node) => ({
    rule: "down",
    severity: status,
    message: "is in trouble",
    clause: status === "critical" ? "is down" : "is slow",
    ...(node === undefined ? {} : { node }),
    ...spread,
  }));
  const also = words.filter((word) => word.startsWith("also:")).map((word) => word.split(":"));
  return [
    ...main,
    ...also.flatMap(([, severity, nodes]) =>
      (nodes ?? "").split(",").map((node) => ({
        rule: "part",
        severity: severity as "warning",
        message: "part",
        clause: "is in part",
        ...(node === "" ? {} : { node }),
      })),
    ),
  ];
}

const web = "all:web-01,web-02,web-03";
const every3 = `on:web-01,web-02,web-03 ${web}`;

interface Scenario {
  readonly scene: string;
  /** The chains, worst trouble first: `root > … > symptom`. */
  readonly chains: readonly string[];
  readonly says?: string;
  /** Symptoms that stand beside the first chain. */
  readonly beside?: readonly string[];
  /** Actions that the verdict suggests: `service action`. */
  readonly helps?: readonly string[];
}

const scenarios: Readonly<Record<string, Scenario>> = {
  "search outage through health checks": {
    scene: `search critical@800 on:search-1
     pg ok
     web critical@806 ${every3} has:restart-app < search pg
     health critical@808 ${every3} < web search
     lb critical@812 also:warning:web-01,web-02,web-03 ${web} < health ~web`,
    chains: ["search > web > health > lb"],
    says: "search is down, and because of that lb is down",
    helps: [],
  },
  "search outage before the queue grows: health pages fail first": {
    scene: `search critical@800
     web ok@0 < search
     health critical@802 ${every3} >search < web search
     lb warning@804 ${every3} < health`,
    chains: ["search > health > lb"],
  },
  "search outage that takes out some of the hosts only": {
    scene: `search critical@800
     web warning@804 on:web-01 ${web} < search
     health critical@806 on:web-01,web-02 ${web} < web search
     lb warning@808 on:web-01,web-02 ${web} < health`,
    chains: ["search > web > health > lb"],
  },
  "overload where health checks wait in the same queue": {
    scene: `search ok
     web warning@800 ${every3} has:restart-app < search
     health critical@806 ${every3} < web search
     lb critical@808 also:warning:web-01,web-02,web-03 ${web} < health ~web`,
    chains: ["web > health > lb"],
    says: "web is slow on 3 of 3 nodes, and because of that lb is down",
    helps: ["web restart-app"],
  },
  "overload seen by the balancer before Passenger was asked again": {
    scene: `web warning@806 ${every3} every:10 < search
     search ok
     lb critical@800 also:warning:web-01,web-02,web-03 ${web} < ~web`,
    chains: ["web > lb"],
  },
  "overload of one host at a mere warning, on the very host whose check fails": {
    scene: `web warning@800 on:web-01 ${web}
     health critical@803 on:web-01 also:warning:lb all:web-01,web-02,web-03,lb < web ~lb[lb]
     lb warning@806 on:web-01 ${web} < health`,
    chains: ["web > health > lb"],
    says: "web is slow on web-01, and because of that health is down on web-01",
  },
  "overload on one host takes one host out": {
    scene: `web critical@800 on:web-02 ${web}
     health critical@803 on:web-02 ${web} < web
     lb warning@804 on:web-02 ${web} < health`,
    chains: ["web > health > lb"],
    says: "web is down on web-02, and because of that health is down on web-02",
  },
  "primary lost": {
    scene: `pg critical@800 own on:pg-a all:pg-a,pg-b,pg-c
     web critical@803 ${every3} < search pg
     search ok
     health critical@804 ${every3} < web
     lb critical@809 < health`,
    chains: ["pg > web > health > lb"],
    says: "pg is down on pg-a, and because of that lb is down",
  },
  "primary lost and a pool for writes that has no server left": {
    scene: `pg critical@802 own on:pg-a all:pg-a,pg-b
     lb-pg critical@800 also:warning:pg-a all:pg-a,pg-b < ~pg
     web critical@804 ${every3} < lb-pg`,
    chains: ["pg > lb-pg > web"],
  },
  "primary lost and replaced: the old one is told, nothing above suffers": {
    scene: `pg warning@800 own on:pg-a all:pg-a,pg-b
     web ok@0 < pg
     lb ok@0 < web`,
    chains: ["pg"],
  },
  "one bad host": {
    scene: `search ok
     web critical@800 own on:web-02 ${web} has:restart-web-server < search
     health critical@801 on:web-02 ${web} < web search
     lb warning@803 on:web-02 ${web} < health ~web`,
    chains: ["web > health > lb"],
    says: "web is down on web-02, and because of that health is down on web-02",
    helps: ["web restart-web-server"],
  },
  "one bad host while the search service hangs as well": {
    scene: `search critical@800
     web critical@700 own on:web-02 ${web} < search
     health critical@802 ${every3} < web search
     lb warning@705 on:web-02 ${web} < ~web`,
    chains: ["web > lb", "search > health"],
  },
  "one bad host under the balancer's own names for servers": {
    scene: `web critical@800 own on:web-02 ${web}
     lb warning@803 on:srv2 all:srv1,srv2,srv3 < ~web{srv1=web-01,srv2=web-02,srv3=web-03}`,
    chains: ["web > lb"],
    says: "web is down on web-02, and because of that lb is slow on srv2",
  },
  "another host is out than the one in trouble, under the balancer's own names": {
    scene: `web critical@800 own on:web-01 ${web}
     lb warning@803 on:srv2 all:srv1,srv2,srv3 < ~web{srv1=web-01,srv2=web-02,srv3=web-03}`,
    chains: ["web", "lb"],
  },
  "balancer itself dead": {
    scene: `web ok@0
     health critical@803 on:lb all:web-01,web-02,web-03,lb < web ~lb[lb]
     lb critical@800 < health`,
    chains: ["lb > health"],
  },
  "balancer dead and its socket too: it cannot be seen, the way through it fails": {
    scene: `web ok@0
     health critical@803 on:lb all:web-01,web-02,web-03,lb < web ~lb[lb]
     lb unknown@800 < web`,
    chains: ["health"],
    says: "health is down on lb; lb, which health needs, cannot be seen",
  },
  "balancer's way and the nodes fail together: the nodes are why": {
    scene: `web critical@800 ${every3}
     health critical@801 on:web-01,web-02,web-03,lb all:web-01,web-02,web-03,lb < web ~lb[lb]
     lb critical@802 < health ~web`,
    chains: ["web > health > lb"],
  },
  DNS: {
    scene: `dns critical@800 own
     lb critical@805 own on:web-02 ${web} < dns
     health critical@803 ${every3} < dns
     web ok@0`,
    chains: ["dns > health", "lb"],
  },
  "DNS of every check fails at once": {
    scene: `dns critical@801 own
     a critical@800 < dns
     b critical@800 < dns
     c critical@802 < dns`,
    chains: ["dns > a"],
    beside: ["b", "c"],
  },
  "expired certificate": {
    scene: `site critical@800 own on:lb
     web ok@0
     lb ok@0 < web`,
    chains: ["site"],
  },
  "expired certificate of a service that others call": {
    scene: `auth critical@800 own
     web critical@801 ${every3} < auth
     lb critical@805 < web`,
    chains: ["auth > web > lb"],
  },
  "a certificate that ends soon is no reason for anything else": {
    scene: `site warning@100 own stays
     lb critical@800 < site`,
    chains: ["lb", "site"],
  },
  "deploy gone wrong": {
    scene: `search ok
     pg ok
     web critical@800 ${every3} < search pg
     health critical@801 ${every3} < web search
     lb critical@805 < health`,
    chains: ["web > health > lb"],
    says: "web is down on 3 of 3 nodes, and because of that lb is down",
  },
  "deploy gone wrong on the first of three hosts": {
    scene: `web critical@800 on:web-01 ${web}
     health critical@801 on:web-01 ${web} < web
     lb warning@805 on:web-01 ${web} < health`,
    chains: ["web > health > lb"],
  },
  "cascading queue": {
    scene: `pg critical@790
     search ok
     api critical@800 < pg
     web critical@805 ${every3} < api search
     health critical@808 ${every3} < web
     lb critical@812 < health`,
    chains: ["pg > api > web > health > lb"],
    says: "pg is down, and because of that lb is down",
  },
  "cascading queue whose middle is still well": {
    scene: `pg critical@790
     api ok@0 < pg
     web critical@805 < api
     lb critical@812 < web`,
    chains: ["pg > web > lb"],
  },
  "replica lag": {
    scene: `pg warning@300 stays on:pg-b all:pg-a,pg-b
     web ok@0 < pg`,
    chains: ["pg"],
  },
  "a replica that is down is missing from the balancer's pool, and nowhere else": {
    scene: `pg warning@800 own stays-on-node on:pg-c all:pg-a,pg-b,pg-c
     web warning@802 ${every3} < pg
     lb critical@803 also:warning:pg-c all:pg-a,pg-c < pg`,
    chains: ["pg > lb", "web"],
    says: "pg is slow on pg-c, and because of that lb is down; apart from that, web is slow on 3 of 3 nodes",
  },
  "a replica that has been of no use for long explains the balancer that notices only now": {
    scene: `pg critical@-100 own stays-on-node on:pg-c all:pg-a,pg-b,pg-c
     lb critical@895 also:warning:pg-c all:pg-a,pg-c < pg`,
    chains: ["pg > lb"],
  },
  "a balancer that misses more than the replica that is down has a trouble of its own": {
    scene: `pg warning@800 own stays-on-node on:pg-c all:pg-a,pg-b,pg-c
     lb critical@803 also:warning:pg-b,pg-c all:pg-a,pg-b,pg-c < pg`,
    chains: ["lb", "pg"],
  },
  "replica lag while something else takes the site down": {
    scene: `pg critical@300 stays on:pg-b all:pg-a,pg-b
     search critical@800
     web critical@803 ${every3} < search pg
     lb critical@805 < web`,
    chains: ["search > web > lb", "pg"],
    says: "search is down, and because of that lb is down; apart from that, pg is down on pg-b",
  },
  "split brain": {
    scene: `pg critical@800 own all:pg-a,pg-b
     web ok@0 < pg
     lb warning@801 on:pg-a all:pg-a,pg-b < ~pg`,
    chains: ["pg > lb"],
  },
  "split brain with apps that fail on what they read": {
    scene: `pg critical@800 own all:pg-a,pg-b
     web critical@802 ${every3} < pg`,
    chains: ["pg > web"],
  },
  "bastion dead so that nothing can be looked at": {
    scene: `bastion critical@800
     web unknown@802 < bastion
     health ok@0 < web
     lb ok@0 < health`,
    chains: ["bastion"],
    says: "bastion is down",
  },
  "bastion dead: what cannot be looked at is told apart from what is down": {
    scene: `web warning@800 own stays ${every3}
     health ok@0 < web
     lb ok@0 < health ~web`,
    chains: ["web"],
    says: "web is slow on 3 of 3 nodes",
  },
  "bastion dead while the balancer has lost a host: Pitwall says what it cannot see": {
    scene: `web unknown@800
     lb warning@803 on:web-02 ${web} < ~web`,
    chains: ["lb"],
    says: "lb is slow on web-02; web, which lb needs, cannot be seen",
  },
  "disk full": {
    scene: `pg critical@800 on:pg-a all:pg-a,pg-b
     web critical@806 ${every3} < pg
     jobs warning@820 < pg`,
    chains: ["pg > web"],
    beside: ["jobs"],
  },
  "two roots at once": {
    scene: `search critical@800
     pg critical@802
     health critical@804 < search
     reports critical@805 < pg
     lb critical@806 < health`,
    chains: ["search > health > lb", "pg > reports"],
    says: "search is down, and because of that lb is down; apart from that, pg is down",
  },
  "three roots at once are counted": {
    scene: `a critical@800
     b critical@801
     c warning@802`,
    chains: ["a", "b", "c"],
    says: "a is down; apart from that, 2 other troubles",
  },
  "two roots at once for one symptom: the earlier is followed, the other stands beside it": {
    scene: `search critical@800
     pg critical@802
     web critical@804 < pg search`,
    chains: ["search > web", "pg"],
  },
  "two roots at once, one of which the health page names": {
    scene: `search critical@800
     pg critical@802
     web critical@804 >pg < pg search`,
    chains: ["pg > web", "search"],
  },
  "slow dependency": {
    scene: `search warning@790
     web critical@805 ${every3} < search
     lb critical@812 < web`,
    chains: ["search > web > lb"],
    says: "search is slow, and probably because of that lb is down (search is only at a warning)",
  },
  "a dependency that has been slow for long is not taken for the cause": {
    scene: `pg warning@10 old:1
     web critical@920 < pg`,
    chains: ["web", "pg"],
  },
  "a dependency that became slow after the symptom is not taken for the cause": {
    scene: `search warning@850
     web critical@800 < search`,
    chains: ["web", "search"],
  },
  "a slow dependency gives way to one that is down": {
    scene: `search warning@790
     pg critical@800
     web critical@805 < search pg`,
    chains: ["pg > web", "search"],
  },
  "a slow dependency explains a slow service without doubt": {
    scene: `search warning@790
     web warning@795 < search`,
    chains: ["search > web"],
    says: "search is slow, and because of that web is slow",
  },
  "late detection within a few polls": {
    scene: `search critical@820
     health critical@800 < search`,
    chains: ["search > health"],
    says: "search is down, and because of that health is down",
  },
  "late detection beyond that": {
    scene: `search critical@860
     health critical@800 < search`,
    chains: ["search > health"],
    says: "search is down, and probably because of that health is down (search was seen 1 min later)",
  },
  "late detection by a cause that is polled once a minute": {
    scene: `search critical@860 every:60
     health critical@800 < search`,
    chains: ["search > health"],
    says: "search is down, and because of that health is down",
  },
  "what begins eleven minutes after its symptom did not begin it": {
    scene: `search critical@860
     health critical@100 < search`,
    chains: ["health", "search"],
  },
  "what begins late is the cause all the same when the symptom names it": {
    scene: `search critical@860
     health critical@100 >search < search`,
    chains: ["search > health"],
  },
  "a cause that was milder before it grew worse began when it was milder": {
    scene: `search critical@860 old:790
     health critical@800 < search`,
    chains: ["search > health"],
    says: "search is down, and because of that health is down",
  },
  "a symptom that was mildly in trouble for long may still have a new cause for what is worse": {
    scene: `search critical@795
     lb critical@800 old:5 < search`,
    chains: ["search > lb"],
    says: "search is down, and because of that lb is down",
  },
  "evidence of one check only is called probable": {
    scene: `search critical@898 just
     health critical@896 < search`,
    chains: ["search > health"],
    says: "search is down, and probably because of that health is down (seen by one check so far)",
  },
  "partial failure: a part of the cause, all of the symptom": {
    scene: `search critical@800 on:search-2 all:search-1,search-2,search-3
     web critical@803 ${every3} < search`,
    chains: ["search > web"],
  },
  "partial failure: one zone of hosts": {
    scene: `web critical@800 on:web-01,web-02 ${web}
     lb critical@803 also:warning:web-01,web-02 ${web} < ~web`,
    chains: ["web > lb"],
    says: "web is down on 2 of 3 nodes, and because of that lb is down",
  },
  "partial failure: two hosts for two reasons": {
    scene: `web critical@800 on:web-01 ${web}
     lb warning@803 on:web-03 ${web} < ~web`,
    chains: ["web", "lb"],
  },
  "a found dependency is followed like a declared one": {
    scene: `web critical@800
     lb critical@803 < ~web`,
    chains: ["web > lb"],
  },
  "a refused dependency is not followed": {
    scene: `web critical@800
     lb critical@803 < !web`,
    chains: ["web", "lb"],
  },
  "a refused dependency that is declared as well is followed": {
    scene: `web critical@800
     lb critical@803 < web !web`,
    chains: ["web > lb"],
  },
  "a narrow dependency explains its own nodes only": {
    scene: `lb critical@800
     health critical@803 on:web-01 all:web-01,lb < ~lb[lb]`,
    chains: ["lb", "health"],
  },
  "cycle of two with a cause outside": {
    scene: `c critical@812
     a critical@800 < b
     b critical@801 < a c`,
    chains: ["c > b > a"],
  },
  "cycle of two without a cause outside": {
    scene: `a critical@801 < b
     b critical@800 < a`,
    chains: ["b > a"],
  },
  "cycle of three with a tail": {
    scene: `a critical@803 < b
     b critical@801 < c
     c critical@802 < a
     d warning@804 < a`,
    chains: ["b > a > c"],
    beside: ["d"],
  },
  "two cycles that lean on each other": {
    scene: `a critical@803 < b
     b critical@804 < a c
     c critical@802 < d
     d critical@801 < c`,
    chains: ["d > c > b > a"],
  },
  "a cycle through a service that is well": {
    scene: `a critical@801 < b
     b ok@0 < c
     c critical@802 < a`,
    chains: ["a > c"],
  },
  "a symptom seen before its cause": {
    scene: `search critical@815
     health critical@800 < search
     lb critical@798 < health`,
    chains: ["search > health > lb"],
    says: "search is down, and because of that lb is down",
  },
  "a fan of symptoms under one root is one trouble": {
    scene: `pg critical@800
     a critical@801 < pg
     b critical@802 < pg
     c warning@803 < pg
     d warning@804 < pg`,
    chains: ["pg > a"],
    beside: ["b", "c", "d"],
  },
  "a diamond has one root": {
    scene: `pg critical@800
     a critical@801 < pg
     b critical@802 < pg
     lb critical@803 < a b`,
    chains: ["pg > a > lb"],
    beside: ["b"],
  },
  "services that recovered on the way do not break the chain": {
    scene: `search critical@800
     web ok@880 < search
     health ok@880 < web
     lb critical@806 < health`,
    chains: ["search > lb"],
  },
  "the cause recovered, the symptom is still up: it stands for itself": {
    scene: `search ok@880
     web ok@890 < search
     lb critical@806 < web`,
    chains: ["lb"],
  },
  "everything is unknown": { scene: "a unknown@1\nb unknown@1 < a", chains: [], says: "Nothing can be seen right now" },
  "one cannot be seen, the rest is well": {
    scene: "a unknown@1\nb ok@0 < a",
    chains: [],
    says: "a cannot be seen; everything else is well",
  },
  "a root that cannot be helped by what nobody sees says nothing of it": {
    scene: `search unknown@800
     web critical@803 own on:web-02 ${web} < search`,
    chains: ["web"],
    says: "web is down on web-02",
  },
};

for (const [promise, { scene: text, chains, says, beside, helps }] of Object.entries(scenarios)) {
  test(promise, () => {
    const services = scene(text);
    const troubles = findTroubles(subjectsOf(services, now));
    assert.deepEqual(
      troubles.map((trouble) => trouble.chain.map(({ id }) => id).join(" > ")),
      chains,
    );
    const verdict = verdictOf(services, now);
    if (says !== undefined) assert.equal(verdict.sentence, says);
    const [first] = troubles;
    const apart = first?.symptoms.filter((symptom) => !first.chain.includes(symptom)).map(({ id }) => id);
    assert.deepEqual(apart?.toSorted() ?? [], beside ?? []);
    if (helps !== undefined)
      assert.deepEqual(
        verdict.actions.map(({ serviceId, id }) => `${serviceId} ${id}`),
        helps,
      );
  });
}
