import assert from "node:assert/strict";
import { it } from "node:test";
import { eventMarks } from "#components/board/event-marks.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

const event = (id: number, at: number, kind: TimelineEvent["kind"], actor: string | null = null): TimelineEvent => ({
  id,
  at,
  kind,
  serviceId: null,
  from: null,
  to: null,
  actor,
  text: `${kind} ${id}`,
  runId: null,
});

it("marks stand apart; what would overlap is one mark that says how many and what, and statuses are the lanes", () => {
  const events = [
    event(5, 90_000, "deploy", "ci"),
    event(4, 50_100, "run"),
    event(3, 50_000, "run"),
    event(2, 49_900, "status"),
    event(1, 10_000, "config"),
    event(6, 90_100, "note"),
  ];
  const marks = eventMarks(events, 100_000, "UTC");
  assert.deepEqual(
    marks.map(({ at, sign }) => [at, sign]),
    [
      [10_000, "C"],
      [50_000, "R2"],
      [90_000, "2"],
    ],
  );
  assert.deepEqual(marks[2]?.lines, ["1 Jan 00:01:30 · deploy 5 · ci", "1 Jan 00:01:30 · note 6"]);
});

it("a mark of very many tells the newest of them and how many came before", () => {
  const marks = eventMarks(
    Array.from({ length: 40 }, (_, at) => event(at, at, "deploy")),
    100_000,
    "UTC",
  );
  assert.equal(marks.length, 1);
  assert.equal(marks[0]?.lines[0], "32 before these");
  assert.match(marks[0]?.lines.at(-1) ?? "", /deploy 39$/);
});
