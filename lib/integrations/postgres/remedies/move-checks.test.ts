import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
import type { Context } from "#lib/integrations/postgres/remedies/ask.ts";
import { failover } from "#lib/integrations/postgres/remedies/failover.ts";
import { switchover } from "#lib/integrations/postgres/remedies/switchover.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";

const names = ["pg-a", "pg-b", "pg-c"] as const;
const config = postgresConfig.parse({
  nodes: names.map((name) => ({ name, address: name, machine: { host: name, data: "/d" } })),
  user: "pitwall",
  standby: { user: "repl" },
});

/** What a standby says that is fine. */
const well: Row = {
  version_num: 150_018,
  in_recovery: true,
  system_id: "7",
  received_tli: 3,
  receive_lsn: "0/5000000",
  replay_lsn: "0/5000000",
  paused: false,
  apply_delay_ms: 0,
  may_promote: true,
};

/** A server's answers by its name; one that has none refuses. */
function contextWith(answers: Readonly<Record<string, Row>>, polled: Partial<PostgresNode> = {}): Context {
  const query = async ({ host }: { host: string }): Promise<Result<Row[]>> => {
    const row = answers[host];
    return row === undefined ? err(failure("refused", `nothing listens at ${host}`)) : ok([row]);
  };
  const detail = { ...detailOf(false), nodes: detailOf(false).nodes.map((node) => ({ ...node, ...polled })) };
  return {
    config,
    secret: () => ok(""),
    signal: new AbortController().signal,
    now: () => 1_000_000,
    poll: async () => ok({ detail, metrics: [] }),
    transports: { postgres: { query } },
  } as unknown as Context;
}

function detailOf(lost: boolean): PostgresDetail {
  const nodes = names.map((name) => ({
    name,
    role: name === "pg-a" ? "primary" : "replica",
    failure: lost && name === "pg-a" ? failure("refused", "nothing listens") : null,
    lsn: { current: null, receive: "0/5000000", replay: "0/5000000" },
    unread: [],
  }));
  const writable = lost ? [] : ["pg-a"];
  const cluster = { systemId: "7", timeline: 3, writable, primary: lost ? null : "pg-a" };
  return { cluster, nodes } as unknown as PostgresDetail;
}

async function checkOf(action: "switchover" | "failover", id: string, context: Context): Promise<string> {
  const made = (action === "failover" ? failover : switchover).plan(
    config,
    { to: "pg-b" },
    detailOf(action === "failover"),
  );
  assert.ok(made.ok, made.ok ? "" : made.error.what);
  const check = made.value.preflight.find((one) => one.id === id);
  assert.ok(check, id);
  const { verdict, evidence } = await check.run(context);
  return `${verdict}: ${evidence}`;
}

test("candidate ahead/behind/wrong timeline/replay paused => refused, with the reason", async () => {
  const failing = (b: Row, c: Row = {}) => contextWith({ "pg-b": { ...well, ...b }, "pg-c": { ...well, ...c } });
  const cases: readonly (readonly [string, "switchover" | "failover", string, Context, RegExp])[] = [
    [
      "as it should be",
      "failover",
      "candidate",
      failing({}),
      /^pass: a standby on timeline 3, to be promoted by pg_promote/,
    ],
    ["replay paused", "failover", "candidate", failing({ paused: true }), /^block: its replay is paused/],
    [
      "late on purpose",
      "failover",
      "candidate",
      failing({ apply_delay_ms: 60_000 }),
      /^block: it is 1 min late on purpose/,
    ],
    [
      "a primary itself",
      "failover",
      "candidate",
      failing({ in_recovery: false, current_tli: 3 }),
      /^block: pg-b is no standby/,
    ],
    [
      "another is ahead",
      "failover",
      "most-advanced",
      failing({}, { receive_lsn: "0/6000000" }),
      /^block: pg-c has 16.8 MB more/,
    ],
    [
      "ahead by a byte",
      "failover",
      "most-advanced",
      failing({}, { receive_lsn: "0/5000001" }),
      /^block: pg-c has 1 B more/,
    ],
    [
      "it is ahead itself",
      "failover",
      "most-advanced",
      failing({ receive_lsn: "0/6000000" }),
      /^pass: pg-c has no more/,
    ],
    ["wrong timeline", "failover", "most-advanced", failing({ received_tli: 2 }), /^block: pg-c is on timeline 3/],
    [
      "unlike positions",
      "failover",
      "most-advanced",
      failing({}, { receive_lsn: null, replay_lsn: null }),
      /^unknown: /,
    ],
    [
      "another cluster",
      "failover",
      "cluster",
      failing({}, { system_id: "8" }),
      /^block: pg-c has another system identifier/,
    ],
    ["a writer", "failover", "no-writer", failing({}, { in_recovery: false, current_tli: 3 }), /^block: pg-c does/],
  ];
  for (const [words, action, id, context, wanted] of cases) {
    assert.match(await checkOf(action, id, context), wanted, words);
  }
  const replica = { state: "streaming", upstream: "pg-a", why: "", lagBytes: 0 };
  const lag = (more: object) =>
    checkOf(
      "switchover",
      "lag",
      contextWith({}, { replica: { ...replica, ...more } } as unknown as Partial<PostgresNode>),
    );
  assert.match(await lag({}), /^pass: 0 B behind/);
  assert.match(await lag({ lagBytes: 1_048_577 }), /^block: 1.* behind/, "behind");
  assert.match(await lag({ lagBytes: null }), /^unknown: how far it is behind cannot be told/);
  assert.match(await lag({ upstream: "pg-c" }), /^block: it streams from pg-c/);
  assert.match(await lag({ state: "paused", why: "its replay is paused" }), /^block: it is paused/);
});
