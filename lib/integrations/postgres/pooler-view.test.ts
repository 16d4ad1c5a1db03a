import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judge } from "#lib/core/rule.ts";
import { postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { poolerWords } from "#lib/integrations/postgres/panel-words.ts";
import { poolerViewOf } from "#lib/integrations/postgres/pooler-view.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";
import { poolerRules } from "#lib/integrations/postgres/rules-pooler.ts";

const config = postgresConfig.parse({
  user: "pitwall",
  nodes: [
    { name: "pg-a", address: "10.0.0.31" },
    { name: "pg-b", address: "10.0.0.32" },
  ],
});
const pooler = { name: "pgb-1", databases: ["app", "reports"] };
/** As PgBouncer 1.18 tells them: numbers of the simple protocol are texts. */
const database = (name: string, more: Row = {}): Row => ({
  name,
  host: "10.0.0.31",
  port: "5432",
  paused: "0",
  disabled: "0",
  ...more,
});
const pool = (name: string, active: number, waiting: number, maxwait = 0): Row => ({
  database: name,
  user: "app",
  cl_active: String(active),
  cl_waiting: String(waiting),
  maxwait: String(maxwait),
});
const view = (rows: readonly Row[], pools: readonly Row[] | null) => poolerViewOf(config, pooler, rows, pools);
const findings = (rows: readonly Row[], writable: readonly string[], pools: readonly Row[] = []) =>
  judge({ cluster: { writable }, poolers: [view(rows, pools)] } as unknown as PostgresDetail, poolerRules).map(
    ({ severity, message }) => `${severity} ${message}`,
  );

describe("a PgBouncer on the panel", () => {
  const both = [database("app"), database("reports"), database("pgbouncer", { host: null })];

  test("is one calm line while all its databases lead to one node", () => {
    const pools = [pool("app", 3, 0), pool("app", 1, 0), pool("reports", 0, 0), pool("other", 9, 9, 9)];
    assert.equal(poolerWords(view(both, pools)), "app, reports → pg-a · 4 clients");
    assert.deepEqual(findings(both, ["pg-a"], pools), []);
  });

  test("that holds clients says so, with how many wait and how long, and is a warning", () => {
    const rows = [database("app", { paused: "1" }), database("reports")];
    const pools = [pool("app", 0, 12, 75), pool("reports", 1, 0)];
    const told = "app paused → pg-a · 12 clients, 12 wait up to 1 min 15 s; reports → pg-a · 1 client";
    assert.equal(poolerWords(view(rows, pools)), told);
    assert.deepEqual(findings(rows, ["pg-a"], pools), ["warning app on pgb-1 is paused, 12 clients wait"]);
  });

  test("that leads to another node than the one that takes writes is critical; while nobody knows who does, it is not judged", () => {
    const rows = [database("app"), database("reports", { host: "10.0.0.99" })];
    assert.deepEqual(findings(rows, ["pg-b"]), ["critical pgb-1 leads app to pg-a, and pg-b takes the writes"]);
    assert.deepEqual(findings(rows, []), []);
    assert.match(poolerWords(view(rows, [])), /reports → 10\.0\.0\.99:5432/);
  });

  test("without what it did not tell, shows no numbers of it and no zero", () => {
    assert.equal(poolerWords(view(both, null)), "app, reports → pg-a · clients not told");
    assert.equal(poolerWords(view([database("app")], [])), "it has no database reports; app → pg-a · 0 clients");
    const hostile = [database("app", { host: "\u001b[2Jx", paused: "yes", port: {} }), database("reports")];
    assert.match(poolerWords(view(hostile, [pool("app", Number.NaN, 1)])), /^app → ␛\[2Jx:5432 · 1 client/);
  });
});
