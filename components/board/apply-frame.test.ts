import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFrame, isOtherStore } from "#components/board/apply-frame.ts";
import type { Board, BoardService } from "#lib/wire/board.ts";
import type { Frame } from "#lib/wire/events.ts";

const verdict = { status: "ok", sentence: "", chain: [], others: [], actions: [], healthy: 0, total: 0 } as const;
const poller = { beatAt: 1_000, startedAt: 0, notices: [] };

function service(id: string, seq: number, summary = ""): BoardService {
  return {
    id,
    kind: "http",
    name: id,
    group: null,
    dependsOn: [],
    status: "ok",
    since: 0,
    checkedAt: 0,
    intervalMs: 1_000,
    summary,
    findings: [],
    failure: null,
    detail: null,
    trend: { at: [], status: [], series: {} },
    actions: [],
    activeRun: null,
    seq,
  };
}

function board(seq: number, services: BoardService[]): Board {
  return { at: 1_000, seq, poller, verdict: { ...verdict, chain: [], others: [], actions: [] }, services };
}

function frame(seq: number, at: number, services: BoardService[], removed: string[] = []): Frame {
  return { ...board(seq, services), at, removed, runs: [] };
}

test("a frame changes only the services it carries and keeps the order of the board", () => {
  const before = board(5, [service("a", 1), service("b", 2), service("c", 3)]);
  const after = applyFrame(before, frame(6, 2_000, [service("b", 6, "new")]));
  assert.deepEqual(
    after.services.map(({ id, summary }) => [id, summary]),
    [
      ["a", ""],
      ["b", "new"],
      ["c", ""],
    ],
  );
  assert.equal(after.services[0], before.services[0], "an untouched service stays the very same value");
});

test("a new service is added and a removed one is gone", () => {
  const after = applyFrame(board(5, [service("a", 1)]), frame(6, 2_000, [service("z", 6)], ["a"]));
  assert.deepEqual(
    after.services.map(({ id }) => id),
    ["z"],
  );
});

test("a frame that arrives late never takes a service back to an older state", () => {
  const after = applyFrame(board(9, [service("a", 9, "now")]), frame(7, 900, [service("a", 7, "then")]));
  assert.equal(after.services[0]?.summary, "now");
  assert.equal(after.seq, 9);
  assert.equal(after.at, 1_000);
});

test("a frame whose numbers began again comes from another store", () => {
  assert.equal(isOtherStore(board(900, []), frame(3, 2_000, [])), true);
  assert.equal(isOtherStore(board(900, []), frame(901, 2_000, [])), false);
});
