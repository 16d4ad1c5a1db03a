import { type Redaction, withheld, withholdPrivate } from "#lib/core/redaction.ts";
import type { Board } from "#lib/wire/board.ts";
import type { Run } from "#lib/wire/run.ts";
import type { FrozenBoard } from "#lib/wire/snapshot.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** What was read in one transaction, at one instant. */
export interface FreezeInput {
  readonly title: string;
  readonly note: string | null;
  readonly createdBy: string;
  readonly board: Board;
  readonly timeline: readonly TimelineEvent[];
  readonly runs: readonly Run[];
}

/** How far back a snapshot's timeline and runs reach. */
export const frozenHistoryMs = 6 * 3_600_000;

/** Makes the board that a link shows. Pure. Nothing in it can be acted upon, and what commands printed stays at home. */
export function freeze(input: FreezeInput, redact: Redaction = withholdPrivate): FrozenBoard {
  const frozen: FrozenBoard = {
    version: 1,
    // Without a title of its own it is the board's sentence, which may quote what a server said.
    title: redact(input.title) as string,
    note: input.note,
    frozenAt: input.board.at,
    createdBy: input.createdBy,
    board: redact(input.board) as Board,
    timeline: redact(input.timeline) as TimelineEvent[],
    runs: redact(input.runs.map(withoutOutput)) as Run[],
  };
  return frozen;
}

/** A title when nobody gave one: what the board said first. */
export function titleOf(board: Board): string {
  return board.verdict.sentence.slice(0, 200);
}

function withoutOutput(run: Run): Run {
  const lines = run.journal.filter((line) => line.kind === "output").length;
  const journal = run.journal.filter((line) => line.kind !== "output");
  const last = run.journal.at(-1);
  if (lines === 0 || last === undefined) return { ...run, journal };
  const text = `${lines} ${lines === 1 ? "line" : "lines"} of output ${withheld}`;
  return { ...run, journal: [...journal, { seq: last.seq + 1, at: last.at, kind: "note", node: null, text }] };
}
