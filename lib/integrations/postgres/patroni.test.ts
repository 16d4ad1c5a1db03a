import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { Context } from "#lib/integrations/postgres/remedies/ask.ts";
import { parseCluster, wordOf } from "#lib/integrations/postgres/remedies/patroni.ts";
import { patroniStep } from "#lib/integrations/postgres/remedies/patroni-steps.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";
import type { HttpAnswer } from "#lib/transports/types.ts";

test("what Patroni answers to an order is taken for what it says, and an unknown end for unknown", () => {
  const word = (status: number, text: string) => wordOf({ status, text });
  // Recorded on 3.0.2, but for the last three: their words stand in its api.py.
  assert.equal(word(200, 'Successfully switched over to "pg-2"'), "over");
  assert.equal(word(412, "leader name does not match"), "refused");
  assert.equal(word(412, "candidate does not exists"), "refused");
  assert.equal(word(412, "switchover is not possible: no good candidates have been found"), "refused");
  assert.equal(word(400, "Switchover could be performed only from a specific leader"), "refused");
  assert.equal(word(401, "no auth header received"), "refused");
  assert.equal(word(200, 'Failed over to "pg-3" instead of "pg-2"'), "elsewhere");
  assert.equal(word(503, "Switchover failed"), "failed");
  assert.equal(word(503, "Switchover status unknown"), "unknown");
  assert.equal(word(502, "<html>Bad Gateway</html>"), "unknown");
});

/** Recorded on 3.0.2, shortly after a switchover, and while paused. */
const recorded = `{"members": [{"name": "a", "role": "replica", "state": "stopped", "host": "10.0.0.1", "port": 5432, "lag": "unknown"},
{"name": "b", "role": "leader", "state": "running", "host": "10.0.0.2", "port": 5432, "timeline": 2},
{"name": "c", "role": "replica", "state": "running", "host": "10.0.0.3", "port": 5432, "timeline": 1, "lag": 224, "tags": {"nofailover": true}}], "pause": true}`;

const three = ["a", "b", "c"].map((name, at) => ({ name: `pg-${name}`, address: `10.0.0.${at + 1}`, port: 5432 }));

test("Patroni's members are the nodes at their addresses, whatever it calls them", () => {
  const cluster = parseCluster(recorded, { nodes: three });
  assert.ok(cluster.ok);
  assert.equal(cluster.value.leader?.node, "pg-b");
  assert.deepEqual(
    cluster.value.members.map(({ node, state, lagBytes, noFailover }) => [node, state, lagBytes, noFailover]),
    [
      ["pg-a", "stopped", null, false],
      ["pg-b", "running", null, false],
      ["pg-c", "running", 224, true],
    ],
  );
  assert.equal(cluster.value.paused, true);
  for (const broken of ["", "{}", "[]", '{"members": 7}', "<html>", "null"]) {
    const read = parseCluster(broken, { nodes: three });
    assert.equal(read.ok ? "read" : read.error.kind, "malformed", broken);
  }
});

/** A world in which Patroni gives one answer, and then one leader for ever. */
function world(answer: Result<HttpAnswer>, leader: string, writable: string): Context & { asked: () => number } {
  let now = 1_000_000;
  let posts = 0;
  const config = postgresConfig.parse({ nodes: three, user: "pitwall", patroni: {} });
  const members = three.map((node) => ({
    ...{ name: node.name, host: node.address, port: node.port, state: "running" },
    role: node.name === (posts === 0 ? "pg-a" : leader) ? "leader" : "replica",
  }));
  const reply = (status: number, text: string) => ok({ status, body: Buffer.from(text) } as HttpAnswer);
  const clusterNow = () =>
    JSON.stringify({
      members: members.map((each) => ({
        ...each,
        role: each.name === (posts === 0 ? "pg-a" : leader) ? "leader" : "replica",
      })),
    });
  return {
    config,
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    output: () => {},
    secret: () => ok(""),
    signal: new AbortController().signal,
    transports: {
      http: {
        request: async ({ method }: { method?: string }) => {
          if (method !== "POST") return reply(200, clusterNow());
          posts += 1;
          return answer;
        },
      },
      postgres: {
        query: async ({ host }: { host: string }): Promise<Result<Row[]>> => {
          const node = three.find(({ address }) => address === host);
          return ok([{ version_num: 150_000, in_recovery: node?.name !== writable, current_tli: 2 }]);
        },
      },
    },
    asked: () => posts,
  } as unknown as Context & { asked: () => number };
}

test("an order is given once, and its end is what the servers say", async () => {
  const [from, to] = three;
  assert.ok(from && to);
  const answered = (status: number, text: string) => ok({ status, body: Buffer.from(text) } as HttpAnswer);
  const cut = err(failure("reset", "closed the connection"));
  const unknown = answered(503, "Switchover status unknown");
  const cases: readonly (readonly [string, Result<HttpAnswer>, string, string, RegExp])[] = [
    ["the answer is lost, and it happened", cut, "pg-b", "pg-b", /^ok: .*pg-b takes writes on timeline 2/],
    ["status unknown, and it happened", unknown, "pg-b", "pg-b", /^ok: /],
    [
      "status unknown for ever",
      unknown,
      "pg-a",
      "pg-a",
      /^timeout: .*status unknown.*leader is pg-a; it may still go on/,
    ],
    [
      "failed, and nothing moved",
      answered(503, "Switchover failed"),
      "pg-a",
      "pg-a",
      /^forbidden: .*takes writes as before/,
    ],
    [
      "another one leads",
      answered(200, 'Switched over to "pg-c" instead of "pg-b"'),
      "pg-c",
      "pg-c",
      /^command-failed: .*made pg-c the leader instead of pg-b/,
    ],
    ["refused", answered(412, "no good candidates"), "pg-a", "pg-a", /^forbidden: Patroni refuses: no good candidates/],
    [
      "said done while no server takes writes",
      answered(200, 'Successfully switched over to "pg-b"'),
      "pg-b",
      "",
      /^timeout: /,
    ],
  ];
  for (const [words, answer, leader, writable, wanted] of cases) {
    const context = world(answer, leader, writable);
    const done = await patroniStep({ from, to }, "switchover").run(context);
    assert.match(done.ok ? `ok: ${done.value}` : `${done.error.kind}: ${done.error.what}`, wanted, words);
    assert.equal(context.asked(), 1, words);
  }
});
