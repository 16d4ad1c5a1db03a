import assert from "node:assert/strict";
import { test } from "node:test";
import { partsFor, queriesFor, queryParts, replayFunctions } from "#lib/integrations/postgres/queries.ts";

const versions = [90_600, 90_624, 100_000, 110_022, 120_000, 130_000, 140_000, 150_018, 160_000, 170_000, 180_000];
const all = (version: number) => Object.values(queriesFor(version)).join("\n");

/** What each release brought or took away, by its release notes. */
const names: readonly { readonly word: RegExp; readonly from?: number; readonly until?: number }[] = [
  { word: /pg_current_xlog_location\(\)/, until: 100_000 },
  { word: /pg_last_xlog_receive_location\(\)/, until: 100_000 },
  { word: /pg_last_xlog_replay_location\(\)/, until: 100_000 },
  { word: /pg_xlog_location_diff\(/, until: 100_000 },
  { word: /pg_xlogfile_name\(/, until: 100_000 },
  { word: /pg_is_xlog_replay_paused\(\)/, until: 100_000 },
  { word: /\bsent_location\b/, until: 100_000 },
  { word: /rolsuper/, until: 100_000 },
  { word: /pg_current_wal_lsn\(\)/, from: 100_000 },
  { word: /pg_last_wal_receive_lsn\(\)/, from: 100_000 },
  { word: /pg_wal_lsn_diff\(/, from: 100_000 },
  { word: /pg_walfile_name\(/, from: 100_000 },
  { word: /pg_is_wal_replay_paused\(\)/, from: 100_000 },
  { word: /\bsent_lsn\b/, from: 100_000 },
  { word: /r\.replay_lag\b/, from: 100_000 },
  { word: /a\.backend_type/, from: 100_000 },
  { word: /pg_monitor/, from: 100_000 },
  { word: /(?<!AS )\bsender_host, sender_port/, from: 110_000 },
  { word: /r\.reply_time/, from: 120_000 },
  { word: /pg_ls_archive_statusdir/, from: 120_000 },
  { word: /s\.wal_status/, from: 130_000 },
  { word: /s\.safe_wal_size/, from: 130_000 },
  { word: /pg_get_wal_replay_pause_state/, from: 140_000 },
  { word: /s\.invalidation_reason/, from: 170_000 },
  { word: /NOT s\.synced/, from: 170_000 },
];

for (const version of versions) {
  test(`version ${version} is asked by the names it has`, () => {
    const text = all(version);
    for (const { word, from = 0, until = Number.POSITIVE_INFINITY } of names) {
      assert.equal(word.test(text), version >= from && version < until, `${word} in the statements for ${version}`);
    }
  });

  test(`version ${version} is asked for nothing that changes anything`, () => {
    for (const sql of Object.values(queriesFor(version))) {
      assert.match(sql, /^(SELECT|WITH)\b/);
      assert.doesNotMatch(sql, /;|\b(insert|update|delete|pause\(\)|resume|promote|terminate|cancel)\b.*\(/i);
    }
  });
}

test("a replica is not asked what only a primary can answer, and the other way round", () => {
  assert.deepEqual(
    queryParts.filter((part) => !partsFor(true).includes(part)),
    ["identity", "archiver", "archive_backlog", "xid_age"],
  );
  assert.deepEqual(
    queryParts.filter((part) => !partsFor(false).includes(part)),
    ["identity", "replica_lag", "replica_receiver"],
  );
});

test("replay is resumed by the name the version has", () => {
  assert.equal(replayFunctions(90_600).resume, "pg_xlog_replay_resume()");
  assert.equal(replayFunctions(150_018).resume, "pg_wal_replay_resume()");
});
