import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Failure, failure } from "#lib/core/failure.ts";
import { judge } from "#lib/core/rule.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { manifest } from "#lib/integrations/postgres/manifest.ts";
import { type PartRows, parseNode } from "#lib/integrations/postgres/parse.ts";
import type { QueryPart } from "#lib/integrations/postgres/queries.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";
import { assemble } from "#lib/integrations/postgres/topology.ts";

interface Case {
  readonly about: string;
  /** Recorded files of each node, later ones laid over earlier ones part by part; or why it could not be asked. */
  readonly nodes: Readonly<Record<string, readonly string[] | { readonly failure: Failure }>>;
}

const folder = path.join(import.meta.dirname, "fixtures");

for (const name of readdirSync(folder)) {
  const scene = JSON.parse(readFileSync(path.join(folder, name, "case.json"), "utf8")) as Case;
  test(`recording ${name}: ${scene.about}`, () => {
    const told = play(name, scene);
    const file = path.join(folder, name, "expected.json");
    // A new recording writes what it is judged as; read it before it is committed.
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(told, null, 2)}\n`);
    assert.deepEqual(told, JSON.parse(readFileSync(file, "utf8")));
  });
}

function play(name: string, scene: Case): unknown {
  const detail = assemble(
    Object.entries(scene.nodes).map(([node, source], index) => {
      const config = { name: node, address: `10.0.0.${index + 1}`, port: 5432 };
      if ("failure" in source) return { config, reading: null, failure: source.failure };
      const reading = parseNode(Object.assign({}, ...source.map((file) => partsOf(path.join(folder, name, file)))));
      assert.ok(reading, `${node} told what it is`);
      return { config, reading, failure: null };
    }),
    undefined,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(detail)), detail, "the detail is plain JSON");
  return {
    summary: manifest.summarise(detail),
    cluster: detail.cluster,
    findings: judge(detail, manifest.rules).map(
      (finding) => `${finding.severity} ${finding.rule} · ${finding.message}`,
    ),
    sessions: Object.fromEntries(
      detail.nodes.flatMap((node) => (node.sessions === null ? [] : [[node.name, chainsOf(node.sessions)]])),
    ),
    replicas: Object.fromEntries(
      detail.nodes.flatMap((node) => (node.replica === null ? [] : [[node.name, wordsOf(node.replica)]])),
    ),
  };
}

function wordsOf(replica: NonNullable<PostgresDetail["nodes"][number]["replica"]>): string {
  return `${replica.state}, ${replica.why}; from ${replica.upstream}; ${replica.lagBytes} bytes, ${replica.lagSeconds} s`;
}

/** `pid 7 (idle in transaction) ◀ 8 ◀◀ 9`: one arrow for each link between the root and the one that waits. */
function chainsOf(sessions: NonNullable<PostgresDetail["nodes"][number]["sessions"]>): unknown {
  const chains = sessions.chains.map(({ root, blocked }) => {
    const waiting = blocked.map((each) => `${"◀".repeat(each.depth)} ${each.pid} ${each.application}`);
    return [`${root.pid} ${root.application} (${root.state})`, ...waiting].join(" ");
  });
  const { longestQuery, longestTransaction, longestIdleInTransaction } = sessions;
  const name = (session: typeof longestQuery) =>
    session === null ? null : `${session.pid} ${session.application}: ${session.queryText}`;
  return {
    blocked: sessions.blockedCount,
    chains,
    longestQuery: name(longestQuery),
    longestTransaction: name(longestTransaction),
    longestIdle: name(longestIdleInTransaction),
  };
}

/** A recorded file holds `{ part: rows }`, or `{ error }` for a part that psql refused. */
function partsOf(file: string): PartRows {
  const parts = JSON.parse(readFileSync(file, "utf8")) as Record<QueryPart, Row[] | { error: string }>;
  return Object.fromEntries(
    Object.entries(parts).map(([part, rows]) => [
      part,
      Array.isArray(rows) ? rows : failure("missing-grant", rows.error.split("\n")[0] ?? ""),
    ]),
  );
}
