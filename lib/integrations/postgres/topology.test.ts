import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { failure } from "#lib/core/failure.ts";
import { judge } from "#lib/core/rule.ts";
import type { AskedNode } from "#lib/integrations/postgres/asked-node.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { manifest } from "#lib/integrations/postgres/manifest.ts";
import { parseNode } from "#lib/integrations/postgres/parse.ts";
import type { QueryPart } from "#lib/integrations/postgres/queries.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";
import { assemble } from "#lib/integrations/postgres/topology.ts";

const portOf: Readonly<Record<string, number>> = { "pg-a": 5001, "pg-b": 5002, "pg-c": 5003, "pg-d": 5004 };

function asked(name: string, parts: Partial<Record<QueryPart, readonly Row[]>>): AskedNode {
  const reading = parseNode(parts);
  assert.ok(reading);
  return { config: configOf(name), reading, failure: null };
}

function down(name: string): AskedNode {
  return { config: configOf(name), reading: null, failure: failure("refused", `nothing listens at ${name}`) };
}

function configOf(name: string) {
  return { name, address: "127.0.0.1", port: portOf[name] ?? 5432 };
}

function primary(name: string, standbys: readonly Row[], more: Row = {}, slots: readonly Row[] = []): AskedNode {
  return asked(name, {
    identity: [
      {
        in_recovery: false,
        version_num: 150_018,
        system_identifier: "7",
        current_timeline: 1,
        current_lsn: "0/5000000",
        missing_grant: false,
        clock_s: 1_000,
        ...more,
      },
    ],
    primary_replication: standbys,
    primary_slots: slots,
  });
}

function replica(
  name: string,
  upstream: string,
  receiver: Row | null,
  more: Row = {},
  standbys: readonly Row[] = [],
): AskedNode {
  const from = {
    status: "streaming",
    sender_host: "127.0.0.1",
    sender_port: portOf[upstream],
    last_msg_age_s: 1,
    received_tli: 1,
  };
  return asked(name, {
    identity: [
      {
        in_recovery: true,
        version_num: 150_018,
        system_identifier: "7",
        received_timeline: 1,
        missing_grant: false,
        clock_s: 1_000,
        ...more,
      },
    ],
    replica_lag: [{ receive_lsn: "0/5000000", replay_lsn: "0/5000000", replay_paused: false, ...more }],
    replica_receiver: receiver === null ? [] : [{ ...from, ...receiver }],
    primary_replication: standbys,
    primary_slots: [],
  });
}

const row = (application: string, more: Row = {}): Row => ({
  pid: 10,
  application_name: application,
  client_addr: "127.0.0.1/32",
  state: "streaming",
  sync_state: "async",
  current_lsn: "0/5000000",
  replay_lsn: "0/5000000",
  total_lag_bytes: 0,
  flush_lag_bytes: 0,
  last_reply_age_s: 1,
  ...more,
});

const view = (detail: PostgresDetail, name: string) => detail.nodes.find((node) => node.name === name)?.replica;
const told = (detail: PostgresDetail) =>
  judge(detail, manifest.rules).map((each) => `${each.severity} ${each.rule} ${each.node ?? ""}`);

test("a cascading replica follows the replica it streams from, and is at least as late", () => {
  const detail = assemble(
    [
      primary("pg-a", [row("walreceiver", { replay_lag_s: 2, total_lag_bytes: 16, replay_lsn: "0/4FFFFF0" })]),
      replica("pg-b", "pg-a", { application_name: "walreceiver" }, { replay_lsn: "0/4FFFFF0" }, [
        row("walreceiver", { pid: 20, replay_lag_s: 3, total_lag_bytes: 16, replay_lsn: "0/4FFFFE0" }),
      ]),
      replica("pg-c", "pg-b", { application_name: "walreceiver" }, { replay_lsn: "0/4FFFFE0" }),
    ],
    undefined,
  );
  assert.deepEqual([view(detail, "pg-b")?.upstream, view(detail, "pg-b")?.lagSeconds], ["pg-a", 2]);
  assert.deepEqual(
    [view(detail, "pg-c")?.upstream, view(detail, "pg-c")?.lagBytes, view(detail, "pg-c")?.lagSeconds],
    ["pg-b", 32, 5],
  );
  assert.deepEqual(told(detail), []);
});

test("replicas that cannot be told apart are not called cut off", () => {
  const detail = assemble(
    [
      primary("pg-a", [row("walreceiver"), row("walreceiver", { pid: 11 })]),
      replica("pg-b", "pg-a", { application_name: "walreceiver" }),
      replica("pg-c", "pg-a", { application_name: "walreceiver" }),
    ],
    undefined,
  );
  assert.deepEqual([view(detail, "pg-b")?.state, view(detail, "pg-c")?.state], ["streaming", "streaming"]);
  assert.deepEqual(told(detail), []);
});

test("the slot both sides name tells replicas apart that are alike in all else", () => {
  const detail = assemble(
    [
      primary("pg-a", [row("walreceiver", { pid: 10, sync_state: "sync" }), row("walreceiver", { pid: 11 })], {}, [
        { slot_name: "b", active: true, active_pid: 11 },
        { slot_name: "c", active: true, active_pid: 10 },
      ]),
      replica("pg-b", "pg-a", { slot_name: "b" }),
      replica("pg-c", "pg-a", { slot_name: "c" }),
    ],
    undefined,
  );
  assert.deepEqual([view(detail, "pg-b")?.syncState, view(detail, "pg-c")?.syncState], ["async", "sync"]);
});

test("an archiver's stream or a base backup is nobody's replica", () => {
  const detail = assemble(
    [
      primary("pg-a", [row("pg_receivewal"), row("pg_basebackup", { pid: 11, state: "backup" })]),
      replica("pg-b", "pg-a", null),
    ],
    undefined,
  );
  assert.equal(view(detail, "pg-b")?.state, "disconnected");
  assert.deepEqual(told(detail), ["critical replica-disconnected pg-b"]);
});

test("a receiver that streams while the primary does not list it is cut off", () => {
  const detail = assemble([primary("pg-a", []), replica("pg-b", "pg-a", {})], undefined);
  assert.deepEqual([view(detail, "pg-b")?.state, view(detail, "pg-b")?.why], ["disconnected", "pg-a does not list it"]);
});

test("a link silent for longer than a minute is no link", () => {
  const detail = assemble([primary("pg-a", [row("pg-b")]), replica("pg-b", "pg-a", { last_msg_age_s: 61 })], undefined);
  assert.equal(view(detail, "pg-b")?.state, "disconnected");
  assert.equal(view(detail, "pg-b")?.lagSeconds, null);
});

test("clocks that differ by a minute make no link look frozen", () => {
  const detail = assemble(
    [
      primary("pg-a", [row("pg-b", { last_reply_age_s: 62 })]),
      replica("pg-b", "pg-a", { last_msg_age_s: 25 }, { clock_s: 940 }),
    ],
    undefined,
  );
  assert.deepEqual([view(detail, "pg-b")?.state, view(detail, "pg-b")?.replyAgeS], ["streaming", 2]);
});

test("a replica that Pitwall cannot ask, but its primary lists, streams with the primary's numbers", () => {
  const listed = row("pg-b", { replay_lsn: "0/4000000", total_lag_bytes: 16_777_216, replay_lag_s: 12 });
  const detail = assemble([primary("pg-a", [listed]), down("pg-b")], undefined);
  const seen = view(detail, "pg-b");
  assert.deepEqual([seen?.state, seen?.lagBytes, seen?.lagSeconds], ["streaming", 16_777_216, 12]);
  assert.equal(detail.nodes[1]?.roleFrom, "inferred");
});

test("with the primary gone every lag is unknown, and the silent node is taken for the primary", () => {
  const detail = assemble([down("pg-a"), replica("pg-b", "pg-a", null), replica("pg-c", "pg-a", null)], undefined);
  assert.deepEqual([detail.nodes[0]?.role, detail.nodes[0]?.roleFrom], ["primary", "inferred"]);
  assert.deepEqual([view(detail, "pg-b")?.lagBytes, view(detail, "pg-c")?.lagSeconds], [null, null]);
  assert.deepEqual(told(detail), [
    "critical node-down pg-a",
    "critical no-writable ",
    "warning replica-disconnected pg-b",
    "warning replica-disconnected pg-c",
  ]);
});

test("a primary that only Pitwall cannot reach is told to be alive", () => {
  const detail = assemble([down("pg-a"), replica("pg-b", "pg-a", {})], undefined);
  const [finding] = judge(detail, manifest.rules);
  assert.equal(finding?.message, "pg-a: the primary is down, nothing listens at pg-a; but pg-b still hears from it");
});

test("one replica of two that is down is a warning", () => {
  const detail = assemble([primary("pg-a", [row("pg-b")]), replica("pg-b", "pg-a", {}), down("pg-c")], undefined);
  assert.deepEqual(told(detail), ["warning replica-down pg-c"]);
});

test("nodes of two clusters are strangers and no split brain", () => {
  const detail = assemble([primary("pg-a", []), primary("pg-b", [], { system_identifier: "8" })], undefined);
  assert.deepEqual(told(detail), ["critical different-clusters pg-b"]);
});

test("two writable nodes on one timeline are told as a copied folder", () => {
  const detail = assemble([primary("pg-a", []), primary("pg-b", [])], undefined);
  const [finding] = judge(detail, manifest.rules);
  assert.match(finding?.message ?? "", /split brain, all on timeline 1, so one of them is a copied data folder/);
});

test("a primary that waits for a synchronous replica is critical", () => {
  const alone = assemble(
    [primary("pg-a", [row("pg-b")], { sync_names: "pg-b" }), replica("pg-b", "pg-a", {})],
    undefined,
  );
  assert.deepEqual(told(alone), ["critical sync-missing pg-a"]);
  const inSync = assemble(
    [primary("pg-a", [row("pg-b", { sync_state: "quorum" })], { sync_names: "pg-b" }), replica("pg-b", "pg-a", {})],
    undefined,
  );
  assert.deepEqual(told(inSync), []);
});

test("a replica on the old timeline is told, one that follows the new one is not", () => {
  const old = assemble([primary("pg-a", [], { current_timeline: 2 }), replica("pg-b", "pg-a", null)], undefined);
  assert.deepEqual(told(old), ["critical timeline-mismatch pg-b", "critical replica-disconnected pg-b"]);
  assert.equal(view(old, "pg-b")?.lagBytes, null, "positions on two timelines are not comparable");
});

test("before version 10 the time since the last commit stands in for the lag, and only while something is left", () => {
  const old = { version_num: 90_624 };
  const at = (replayLsn: string) =>
    assemble(
      [
        primary("pg-a", [row("pg-b", { total_lag_bytes: 5 })], old),
        replica(
          "pg-b",
          "pg-a",
          { sender_host: null, sender_port: null },
          { ...old, replay_lsn: replayLsn, naive_lag_s: 30 },
        ),
      ],
      undefined,
    );
  assert.equal(view(at("0/4000000"), "pg-b")?.lagSeconds, 30);
  assert.equal(view(at("0/5000000"), "pg-b")?.lagSeconds, 0);
});

test("no rows, however odd, make the judgement throw or the lag negative", () => {
  const value = fc.oneof(
    fc.constantFrom(null, undefined, true, "t", "streaming", "0/5000000", "FFFFFFFF/0", "7", "pg-b", "", "NaN"),
    fc.double(),
    fc.string(),
    fc.array(fc.integer({ min: 0, max: 5 })),
  );
  const columns = [
    ...[
      "in_recovery",
      "system_identifier",
      "current_timeline",
      "current_lsn",
      "missing_grant",
      "clock_s",
      "pid",
      "sync_names",
    ],
    ...[
      "application_name",
      "state",
      "replay_lsn",
      "total_lag_bytes",
      "replay_lag_s",
      "last_reply_age_s",
      "slot_name",
      "active_pid",
    ],
    ...[
      "status",
      "last_msg_age_s",
      "replay_paused",
      "blocked_by",
      "backend_type",
      "query_age_s",
      "query",
      "client_backends",
      "max_connections",
    ],
  ];
  const rows = fc.array(fc.record(Object.fromEntries(columns.map((name) => [name, value])), { requiredKeys: [] }), {
    maxLength: 4,
  });
  const parts = fc.record({
    primary_replication: rows,
    primary_slots: rows,
    replica_lag: rows,
    replica_receiver: rows,
    connections: rows,
    activity: rows,
  });
  const node = fc.tuple(fc.boolean(), rows, parts);
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 4 }), (nodes) => {
      const detail = assemble(
        nodes.map(([inRecovery, [identity], more], index) =>
          asked(["pg-a", "pg-b", "pg-c", "pg-d"][index] ?? "pg-x", {
            ...more,
            identity: [{ ...identity, in_recovery: inRecovery }],
          }),
        ),
        undefined,
      );
      assert.deepEqual(JSON.parse(JSON.stringify(detail)), detail);
      judge(detail, manifest.rules);
      manifest.summarise(detail);
      for (const { replica } of detail.nodes) {
        assert.ok(replica === null || replica.lagBytes === null || replica.lagBytes >= 0);
        assert.ok(replica?.state !== "disconnected" || replica.lagSeconds === null);
      }
    }),
  );
});
