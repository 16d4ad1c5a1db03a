import assert from "node:assert/strict";
import { test } from "node:test";
import { shownBoard } from "#components/board/shown-board.ts";
import type { Status } from "#lib/core/status.ts";
import { type Board, type BoardService, boardDto } from "#lib/wire/board.ts";

const now = 1_000_000;

function service(id: string, status: Status, checkedAt: number | null): BoardService {
  return {
    id,
    kind: "http",
    name: id,
    group: null,
    dependsOn: [],
    status,
    since: 0,
    checkedAt,
    intervalMs: 1_000,
    summary: "",
    findings: status === "critical" ? [{ rule: "down", severity: "critical", message: "does not answer" }] : [],
    failure: null,
    detail: null,
    detailAt: null,
    trend: { at: [], status: [], series: {} },
    actions: [],
    activeRun: null,
    seq: 1,
  };
}

function board(beatAt: number | null, services: BoardService[]): Board {
  return {
    at: now,
    seq: 1,
    poller: { beatAt, startedAt: 0, notices: [] },
    verdict: { status: "ok", sentence: "told", chain: [], others: [], actions: [], healthy: 9, total: 9 },
    services,
  };
}

test("when the poller is silent nothing is ok and nothing is critical: nobody knows", () => {
  const told = board(now - 7_000, [service("a", "ok", now - 500), service("b", "critical", now - 500)]);
  const shown = shownBoard(told, now);
  assert.deepEqual(
    shown.services.map((one) => one.service.status),
    ["unknown", "unknown"],
  );
  assert.equal(shown.verdict.status, "unknown");
  assert.equal(shown.verdict.healthy, 0);
  assert.equal(shown.silentForMs, 7_000);
});

test("a page names the root that the poller names: what findings say of where they come from and go to crosses the wire", () => {
  const lag = { rule: "lag", severity: "critical", message: "lags", clause: "lags", contained: true } as const;
  const down = { rule: "down", severity: "critical", message: "is down", clause: "is down" } as const;
  const told = board(now, [
    { ...service("db", "critical", now), findings: [lag] },
    { ...service("shop", "critical", now), dependsOn: ["db"], findings: [down] },
    { ...service("site", "critical", now), dependsOn: ["shop"], findings: [{ ...down, selfMade: true }] },
  ]);
  const heard = boardDto.parse(JSON.parse(JSON.stringify(told)));
  const { chain, others } = shownBoard(heard, now).verdict;
  const roots = [chain[0], ...others].map((one) => one?.serviceId);
  assert.deepEqual(roots.toSorted(), ["db", "shop", "site"]);
});

test("one old reading turns unknown by itself while the others stay believed", () => {
  const shown = shownBoard(board(now, [service("a", "ok", now - 60_000), service("b", "ok", now)]), now);
  assert.deepEqual(
    shown.services.map(({ service: { id, status } }) => [id, status]),
    [
      ["a", "unknown"],
      ["b", "ok"],
    ],
  );
  assert.equal(shown.verdict.healthy, 1);
});

test("trouble comes first, and the rest keeps the order of the configuration", () => {
  const shown = shownBoard(
    board(now, [
      service("a", "ok", now),
      service("b", "warning", now),
      service("c", "ok", now),
      service("d", "critical", now),
    ]),
    now,
  );
  assert.deepEqual(
    shown.services.map((one) => one.service.id),
    ["d", "b", "a", "c"],
  );
});

test("a poller that never ran is told apart from one that fell silent", () => {
  const shown = shownBoard(board(null, [service("a", "ok", now)]), now);
  assert.equal(shown.pollerNeverRan, true);
  assert.equal(shown.silentForMs, null);
  assert.equal(shown.services[0]?.service.status, "unknown");
});

test("a tab whose clock slept does not take what it just heard for something from the future", () => {
  const shown = shownBoard(board(now, [service("a", "ok", now)]), now - 60_000);
  assert.equal(shown.services[0]?.service.status, "ok");
});
