import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type EndpointsOf, findDependencies, type Provision, type Use } from "#lib/core/dependencies.ts";

function service(id: string, parts: { provides?: Provision[]; uses?: Use[] }): EndpointsOf {
  return { id, name: id, endpoints: { provides: parts.provides ?? [], uses: parts.uses ?? [] } };
}

const hosts = { "web-02": "10.0.0.22", lb: "10.0.0.5" };
const web = service("web", {
  provides: [{ machine: "web-02", node: "web-02", speaks: "http", words: "runs on web-02" }],
});
const health = service("health", {
  provides: [{ address: "10.0.0.22:8000", node: "web-02", check: true, words: "checks web-02" }],
  uses: [
    {
      address: "10.0.0.22:8000",
      node: "web-02",
      speaks: "http",
      check: true,
      words: "checks web-02 at 10.0.0.22:8000",
    },
    { name: "lb", node: "front", words: "asks through lb" },
  ],
});
const lb = service("lb", {
  uses: [
    {
      address: "10.0.0.22:8000",
      node: "srv2",
      subject: "app",
      speaks: "http",
      words: "/ app / srv2 is 10.0.0.22:8000",
    },
  ],
});

/** Edges as `user > provider`, with what was found of each. */
function edges(services: readonly EndpointsOf[]): string[] {
  return [...findDependencies(services, hosts)]
    .flatMap(([id, list]) => list.map((each) => `${id} > ${each.id}`))
    .sort();
}

test("a balancer's server is the host that Passenger runs on and the endpoint that a check asks", () => {
  const found = findDependencies([lb, health, web], hosts).get("lb");
  assert.deepEqual(found, [
    {
      id: "health",
      evidence: ["lb / app / srv2 is 10.0.0.22:8000, where health checks web-02"],
      nodes: ["srv2"],
      subjects: ["app"],
      same: [["srv2", "web-02"]],
    },
    {
      id: "web",
      evidence: ["lb / app / srv2 is 10.0.0.22:8000, and web runs on web-02"],
      nodes: ["srv2"],
      subjects: ["app"],
      same: [["srv2", "web-02"]],
    },
  ]);
});

test("a check leans on what answers there and on the balancer it goes through, never on another check", () => {
  const other = { ...health, id: "other", name: "other" };
  assert.deepEqual(edges([health, other, web, lb]), [
    "health > lb",
    "health > web",
    "lb > health",
    "lb > other",
    "lb > web",
    "other > lb",
    "other > web",
  ]);
  assert.deepEqual(findDependencies([health, lb], hosts).get("health")?.[0]?.nodes, ["front"]);
});

test("what speaks another protocol on the same machine is not meant", () => {
  const mail = service("lb", { uses: [{ address: "10.0.0.22:25", node: "mx", speaks: "tcp", words: "is there" }] });
  assert.deepEqual(edges([mail, web]), []);
});

test("a node of the same name is the same machine where no address tells", () => {
  const nameless = service("web", {
    provides: [{ machine: "local", node: "srv2", speaks: "http", words: "runs srv2" }],
  });
  assert.deepEqual(edges([lb, nameless]), ["lb > web"]);
});

test("a loopback address means the machine that says it", () => {
  const pg = (from: string) =>
    service("pg", { provides: [{ address: "127.0.0.1:5432", node: "pg", from, words: "runs pg" }] });
  const pool = (from: string) =>
    service("pool", { uses: [{ address: "127.0.0.1:5432", node: "pg", from, speaks: "tcp", words: "uses it" }] });
  assert.deepEqual(edges([pg("local"), pool("local")]), ["pool > pg"]);
  assert.deepEqual(edges([pg("lb"), pool("lb")]), ["pool > pg"]);
  assert.deepEqual(edges([pg("lb"), pool("local")]), []);
  const far = service("pg", { provides: [{ address: "10.0.0.5:5432", node: "pg", words: "runs pg" }] });
  assert.deepEqual(edges([far, pool("lb")]), ["pool > pg"], "the host's own address is known");
});

test("more evidence than a reader reads is counted", () => {
  const many = service("lb", {
    uses: Array.from({ length: 40 }, (_, at) => ({ name: "web", node: `n${at}`, words: `names it for n${at}` })),
  });
  assert.deepEqual(findDependencies([many, web], hosts).get("lb")?.[0]?.evidence.slice(-1), [
    "and 34 more of the kind",
  ]);
});

test("the order of services changes nothing, and none depends on itself", () => {
  const address = fc.constantFrom("10.0.0.22:8000", "10.0.0.5:80", "127.0.0.1:80", "web-02:80");
  const node = fc.constantFrom("a", "b");
  const speaks = fc.constantFrom("http", "tcp");
  const provision = fc.record({ address, node, speaks, words: fc.constant("is there") });
  const machine = fc.record({
    machine: fc.constantFrom("web-02", "10.0.0.5"),
    node,
    speaks,
    words: fc.constant("runs"),
  });
  const one = fc.record({
    provides: fc.array(fc.oneof(provision, machine), { maxLength: 3 }),
    uses: fc.array(fc.record({ address, node, speaks, words: fc.constant("uses") }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 2, maxLength: 5 }), (drawn) => {
      const services = drawn.map((parts, at) => service(`s${at}`, parts));
      const list = (all: readonly EndpointsOf[]) =>
        [...findDependencies(all, hosts)]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([id, found]) => [id, found.map((each) => [each.id, each.evidence, each.nodes])]);
      assert.deepEqual(list(services.toReversed()), list(services));
      assert.ok(edges(services).every((edge) => edge.split(" > ")[0] !== edge.split(" > ")[1]));
    }),
  );
});
