import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { recorded } from "#e2e/fuzz/targets/read.ts";
import { judge } from "#lib/core/rule.ts";
import { postgresFacts } from "#lib/integrations/postgres/facts.ts";
import { lsnDistanceBytes, parseLsn } from "#lib/integrations/postgres/lsn.ts";
import { manifest } from "#lib/integrations/postgres/manifest.ts";
import { type PartRows, parseNode } from "#lib/integrations/postgres/parse.ts";
import { assemble } from "#lib/integrations/postgres/topology.ts";
import { postgresFailure } from "#lib/transports/postgres-failure.ts";

const place = { place: "10.0.0.5:5432/app", user: "pitwall" };
const node = (name: string, at: number) => ({ name, address: `10.0.0.${at}`, port: 5432 });

/** Rows as the driver hands them over: an object whose values are anything that JSON can say. */
const rowsTarget: FuzzTarget = {
  name: "postgres-rows",
  drives: "rows of the catalogue, sessions with application names and query texts included, to the finding",
  seeds: [
    recorded("postgres", "01-healthy/01-healthy-primary.json"),
    recorded("postgres", "01-healthy/01-healthy-replica.json"),
    recorded("postgres", "99-hostile/hostile.json").subarray(0, 8_000),
    Buffer.from(
      '{"identity":[{"version_num":150018,"in_recovery":false}],"activity":[{"pid":1,"blocked_by":[2],"state":"active","query":"select 1","backend_type":"client backend","query_age_s":3},{"pid":2,"blocked_by":[1]}]}',
    ),
  ],
  words: [
    ...[
      '"identity"',
      '"activity"',
      '"pid"',
      '"blocked_by"',
      '"in_recovery"',
      '"primary_replication"',
      '"state"',
      "[1,2,3]",
    ],
    ...[
      '"replica_lag"',
      '"replica_receiver"',
      '"primary_slots"',
      '"archiver"',
      '"connections"',
      '"xid_age"',
      "16/B374D848",
    ],
  ],
  run: (input) => {
    const parts = partsOf(input.toString("utf8"));
    if (parts === undefined) return;
    const reading = parseNode(parts);
    if (reading === undefined) return;
    const asked = { reading, failure: null };
    const silent = { config: node("pg-b", 2), reading: null, failure: { kind: "timeout", what: "no answer" } as const };
    for (const nodes of [[{ config: node("pg-a", 1), ...asked }], [{ config: node("pg-a", 1), ...asked }, silent]]) {
      const detail = assemble(nodes, undefined);
      assertHarmless([detail, judge(detail, manifest.rules), manifest.summarise(detail), postgresFacts(detail)]);
    }
  },
};

/** The driver always gives lists of objects; what is in them is the server's. */
function partsOf(text: string): PartRows | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The driver has read the protocol: what is no row never comes so far.
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const isRow = (row: unknown) => typeof row === "object" && row !== null && !Array.isArray(row);
  const parts = Object.entries(value).filter(([, rows]) => Array.isArray(rows) && rows.every(isRow));
  return Object.fromEntries(parts) as PartRows;
}

const textTarget: FuzzTarget = {
  name: "postgres-text",
  drives: "positions in the log, and what errors of servers say",
  seeds: ["16/B374D848", "0/0", "FATAL: no pg_hba.conf entry", "FFFFFFFF/FFFFFFFF"].map((text) => Buffer.from(text)),
  run: (input) => {
    const text = input.toString("utf8");
    const position = parseLsn(text);
    if (position !== undefined && position < 0n) throw new Error("a position below the beginning");
    const distance = lsnDistanceBytes(text, "0/0");
    if (distance !== null && !Number.isFinite(distance)) throw new Error("a distance without end");
    assertHarmless(postgresFailure(new Error(text), place));
    assertHarmless(postgresFailure(Object.assign(new Error(text), { code: text }), place));
  },
};

export const postgresTargets: readonly FuzzTarget[] = [rowsTarget, textTarget];
