import { createOutputBound, printableLines } from "#lib/remediation/output-bound.ts";
import { appendLines, nextLineSeq } from "#lib/store/journal-lines.ts";
import { assertHeld } from "#lib/store/locks.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import { patchRun, type RunPatch } from "#lib/store/runs.ts";
import type { JournalLine } from "#lib/wire/run.ts";

/** The append-only record of one run. What is about to happen is on disk before it happens. */
export interface Journal {
  /** Waits in memory until the next `commit`. */
  readonly note: (kind: JournalLine["kind"], text: string, node?: string) => void;
  /** A line that a step printed: bounded, with the tail kept until `endOutput`. */
  readonly output: (text: string, node?: string) => void;
  readonly endOutput: () => void;
  /**
   * Writes all lines that wait, the change to the run and whatever else belongs to it, in one transaction. Throws `LostHold`
   * when another engine holds the run by now.
   */
  readonly commit: (patch?: RunPatch, also?: (writing: Writing) => Promise<void>) => Promise<void>;
  readonly redact: (text: string) => string;
}

/** `epoch` is that of the engine that writes; `null` for a run that no engine holds. */
export async function openJournal(
  store: Store,
  { runId, epoch }: { readonly runId: string; readonly epoch: number | null },
  parts: { readonly redact: (text: string) => string; readonly now: () => number },
): Promise<Journal> {
  const { redact, now } = parts;
  let seq = await store.read((reading) => nextLineSeq(reading, runId));
  let waiting: JournalLine[] = [];
  const bound = createOutputBound();
  let writing: Promise<void> = Promise.resolve();

  const push = (kind: JournalLine["kind"], text: string, node: string | null, at = now()) => {
    waiting.push({ seq, at, kind, node, text });
    seq += 1;
  };

  async function writeNow(patch?: RunPatch, also?: (writing: Writing) => Promise<void>): Promise<void> {
    const lines = waiting;
    waiting = [];
    if (lines.length === 0 && patch === undefined && also === undefined) return;
    try {
      await store.write(async (open) => {
        if (epoch !== null) await assertHeld(open, { runId, epoch });
        await appendLines(open, runId, lines);
        // A run that printed is a run that changed: its readers wait for its number.
        await patchRun(open, runId, patch ?? {});
        await also?.(open);
      });
    } catch (error) {
      waiting = [...lines, ...waiting];
      throw error;
    }
  }

  return {
    redact,
    note: (kind, text, node) => {
      for (const line of printableLines(redact(text))) push(kind, line, node ?? null);
    },
    output: (text, node) => {
      for (const line of printableLines(redact(text))) {
        const taken = { at: now(), text: line, node: node ?? null };
        if (bound.take(taken)) push("output", taken.text, taken.node, taken.at);
      }
    },
    endOutput: () => {
      const { lines, dropped } = bound.tail();
      if (dropped > 0) push("note", `${dropped} ${dropped === 1 ? "line" : "lines"} of output left out here`, null);
      for (const line of lines) push("output", line.text, line.node, line.at);
    },
    // One after the other, so that lines reach the disk in their order.
    commit: (patch, also) => {
      const mine = writing.catch(() => undefined).then(() => writeNow(patch, also));
      writing = mine;
      return mine;
    },
  };
}
