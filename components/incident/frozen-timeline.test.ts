import assert from "node:assert/strict";
import { test } from "node:test";
import { frozenTimeline } from "#components/incident/frozen-timeline.ts";
import type { Status } from "#lib/core/status.ts";
import type { FrozenBoard } from "#lib/wire/snapshot.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

const hourMs = 3_600_000;
const frozenAt = 100 * hourMs;

function frozen(status: Status, timeline: TimelineEvent[]): FrozenBoard {
  const service = { id: "a", name: "A", status } as FrozenBoard["board"]["services"][number];
  const board = { at: frozenAt, services: [service] } as FrozenBoard["board"];
  return { version: 1, title: "", note: null, frozenAt, createdBy: "local", board, timeline, runs: [] };
}

function change(id: number, hoursAgo: number, from: Status, to: Status): TimelineEvent {
  const at = frozenAt - hoursAgo * hourMs;
  return { id, at, serviceId: "a", kind: "status", from, to, actor: null, text: "", runId: null };
}

function spans(board: FrozenBoard) {
  return frozenTimeline(board).lanes[0]?.spans.map((span) => [
    (frozenAt - span.from) / hourMs,
    (frozenAt - span.to) / hourMs,
    span.status,
  ]);
}

test("a lane is drawn from the frozen changes alone, up to the instant of freezing", () => {
  const told = [change(2, 1, "warning", "critical"), change(1, 2, "ok", "warning")];
  assert.deepEqual(spans(frozen("critical", told)), [
    [6, 2, "ok"],
    [2, 1, "warning"],
    [1, 0, "critical"],
  ]);
});

test("nothing is drawn for the time before watching began", () => {
  assert.deepEqual(spans(frozen("critical", [change(1, 2, "unknown", "critical")])), [[2, 0, "critical"]]);
});

test("a trouble older than the window fills its lane; a service that was well has none", () => {
  assert.deepEqual(spans(frozen("critical", [])), [[6, 0, "critical"]]);
  assert.equal(spans(frozen("ok", [])), undefined);
});
