import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { memoryOf } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { createIncidentKeeper } from "#lib/poller/incident-keeper.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { incidentsAt } from "#lib/store/incidents.ts";
import { emptyState } from "#lib/store/states.ts";

const now = Date.UTC(2026, 10, 20, 12);
const intervalMs = 2_000;

/** As far as the keeper looks at what is watched. */
function watched(
  id: string,
  status: Status,
  at: { readonly since: number; readonly checkedAt: number },
  dependsOn: string[] = [],
) {
  const state = { ...emptyState(id), status, ...at, memory: memoryOf(status, at.since) };
  return { service: { id, name: id, dependsOn, intervalMs }, state } as unknown as Watched;
}

describe("while a service is in maintenance", () => {
  const brokenSince = now - 3_000;
  for (const [promise, checkedAt, opened] of [
    [
      "what suffers from it opens nothing as long as a poll may have begun before the work did",
      brokenSince + intervalMs - 1,
      0,
    ],
    ["what is in trouble of its own opens an incident once it was looked at and is well", brokenSince + intervalMs, 1],
  ] as const) {
    it(promise, async (t) => {
      const store = await emptyStore(t);
      const all = [
        watched("balancer", "critical", { since: brokenSince, checkedAt: now }, ["database"]),
        watched("database", "ok", { since: now - 60_000, checkedAt }),
      ];
      await createIncidentKeeper(store).step(all, new Set(["database"]), now);
      assert.equal((await store.read((reading) => incidentsAt(reading, now))).length, opened);
    });
  }
});
