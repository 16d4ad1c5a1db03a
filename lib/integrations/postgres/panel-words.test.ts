import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostgresDetail, PostgresNode, ReplicaView } from "#lib/integrations/postgres/detail.ts";
import { archiveWords, lagWords, markOf, standbySentence } from "#lib/integrations/postgres/panel-words.ts";

const replica: ReplicaView = {
  state: "streaming",
  why: "the primary lists it",
  upstream: "pg-a",
  lagBytes: 0,
  lagSeconds: 0,
  sendBytes: 0,
  flushBytes: 0,
  replayBytes: 0,
  replayPaused: false,
  pauseState: "not paused",
  upstreamState: "streaming",
  syncState: "async",
  receiverStatus: "streaming",
  lastMessageAgeS: 1,
  replyAgeS: 1,
  slot: null,
};

function node(name: string, more: Partial<PostgresNode> = {}): PostgresNode {
  return {
    name,
    address: "10.0.0.1:5432",
    failure: null,
    role: "replica",
    roleFrom: "told",
    version: "15.18",
    systemId: "7710284957993610292",
    timeline: 1,
    uptimeS: 60,
    lsn: { current: null, receive: null, replay: null },
    replica,
    slots: null,
    archiver: null,
    connections: null,
    sessions: null,
    databases: null,
    syncNames: null,
    syncStandbys: null,
    missingGrant: false,
    unread: [],
    ...more,
  };
}

function cluster(...nodes: readonly PostgresNode[]): PostgresDetail {
  return { cluster: { systemId: null, timeline: 1, writable: ["pg-a"], primary: "pg-a" }, nodes };
}

test("a replica that is cut off is never told as up to date", () => {
  assert.equal(lagWords({ ...replica, state: "disconnected" }), "not connected");
  assert.equal(lagWords({ ...replica, state: "disconnected", lagBytes: null, lagSeconds: null }), "not connected");
});

test("a lag that nobody measured is unknown, not zero", () => {
  assert.equal(lagWords({ ...replica, lagBytes: null, lagSeconds: null }), "lag unknown");
  assert.equal(lagWords({ ...replica, lagBytes: 16_384, lagSeconds: null }), "16.4 kB behind");
  assert.equal(lagWords(replica), "up to date");
});

test("a node that could not be asked is not marked ok", () => {
  const refused = { kind: "refused" as const, what: "nothing listens at 10.0.0.1:5432" };
  assert.equal(markOf(node("pg-b", { failure: refused }), null), "unknown");
  assert.equal(markOf(node("pg-b", { role: null }), null), "unknown");
  assert.equal(markOf(node("pg-b"), null), "ok");
});

test("only a streaming replica without a byte to go is said to have everything", () => {
  assert.equal(standbySentence(cluster(node("pg-b"))), "pg-b has everything that was written");
  const late = node("pg-c", { replica: { ...replica, lagBytes: 318_000_000, lagSeconds: 41 } });
  assert.equal(standbySentence(cluster(late)), "pg-c is closest, 318 MB behind");
  const cut = node("pg-b", { replica: { ...replica, state: "disconnected" } });
  assert.equal(standbySentence(cluster(cut)), "no replica could take over now");
});

test("while two nodes take writes nothing is said about who could take over", () => {
  const split = {
    ...cluster(node("pg-c")),
    cluster: { systemId: null, timeline: 2, writable: ["pg-a", "pg-b"], primary: "pg-b" },
  };
  assert.equal(standbySentence(split), undefined);
});

test("an archive that fails now says so, whatever it archived before", () => {
  const words = archiveWords({
    failing: true,
    failedCount: 31,
    archivedCount: 2210,
    lastFailedWal: null,
    lastArchivedAgeS: 1830,
    lastFailedAgeS: 22,
    readySegments: 112,
  });
  assert.equal(words, "failing, last try 22 s ago · 112 segments wait");
});
