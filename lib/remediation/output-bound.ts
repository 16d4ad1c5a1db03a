import { foreignText } from "#lib/core/foreign-text.ts";

/** Keeps the head and the tail of what a run prints, and counts what is between. */
export interface OutputBound {
  /** Whether the line belongs to the head and is to be written at once; otherwise it waits in the tail. */
  readonly take: (line: OutputLine) => boolean;
  /** The tail, and how many lines before it were dropped; empties it. */
  readonly tail: () => { readonly lines: readonly OutputLine[]; readonly dropped: number };
}

export interface OutputLine {
  readonly at: number;
  readonly text: string;
  readonly node: string | null;
}

export const outputBounds = { lines: 2_000, bytes: 256 * 1_024, lineChars: 4_096 };

/** Half of each bound is for the head, half for the tail. */
export function createOutputBound(bounds = outputBounds): OutputBound {
  const half = { lines: Math.floor(bounds.lines / 2), bytes: Math.floor(bounds.bytes / 2) };
  let headLines = 0;
  let headBytes = 0;
  let headFull = false;
  let waiting: OutputLine[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  return {
    take: (line) => {
      const bytes = Buffer.byteLength(line.text);
      headFull ||= headLines + 1 > half.lines || headBytes + bytes > half.bytes;
      if (!headFull) {
        headLines += 1;
        headBytes += bytes;
        return true;
      }
      waiting.push(line);
      waitingBytes += bytes;
      while (waiting.length > half.lines || waitingBytes > half.bytes) {
        waitingBytes -= Buffer.byteLength(waiting.shift()?.text ?? "");
        dropped += 1;
      }
      return false;
    },
    tail: () => {
      const kept = { lines: waiting, dropped };
      waiting = [];
      waitingBytes = 0;
      dropped = 0;
      return kept;
    },
  };
}

/** What a program printed, as lines that are safe to show, each bounded and all of them together. */
export function printableLines(raw: string): string[] {
  return foreignText(raw, outputBounds.bytes)
    .split("\n")
    .map((line) => foreignText(line.replaceAll("\t", "  "), outputBounds.lineChars));
}
