import { StringDecoder } from "node:string_decoder";
import { foreignText } from "#lib/core/foreign-text.ts";
import type { CommandAnswer, CommandRequest } from "#lib/transports/types.ts";

type StreamName = "stdout" | "stderr";

/** Longest line handed out; the rest of it is cut and marked. */
const maxLineChars = 4_000;

const heldLineChars = 8 * maxLineChars;

/** What a command printed: the head of each stream, and the count of what was left out. */
export interface CommandOutput {
  write(stream: StreamName, chunk: Buffer): void;
  /** Hands out a last line without a line end. */
  end(): void;
  kept(): Pick<CommandAnswer, "stdout" | "stderr" | "droppedBytes">;
}

/** `maxBytes` counts for each stream by itself, so that a flood on one does not silence the other. */
export function collectOutput(maxBytes: number, onLine?: CommandRequest["onLine"]): CommandOutput {
  const streams = {
    stdout: collectStream("stdout", maxBytes, onLine),
    stderr: collectStream("stderr", maxBytes, onLine),
  };
  return {
    write: (stream, chunk) => streams[stream].write(chunk),
    end() {
      streams.stdout.end();
      streams.stderr.end();
    },
    kept: () => ({
      stdout: streams.stdout.text(),
      stderr: streams.stderr.text(),
      droppedBytes: streams.stdout.dropped() + streams.stderr.dropped(),
    }),
  };
}

function collectStream(name: StreamName, maxBytes: number, onLine: CommandRequest["onLine"]) {
  const chunks: Buffer[] = [];
  let keptBytes = 0;
  let droppedBytes = 0;
  const lines = onLine ? splitLines((line) => onLine(line, name)) : undefined;
  return {
    write(chunk: Buffer) {
      const room = maxBytes - keptBytes;
      const head = chunk.length <= room ? chunk : chunk.subarray(0, room);
      droppedBytes += chunk.length - head.length;
      if (head.length === 0) return;
      keptBytes += head.length;
      chunks.push(head);
      lines?.write(head);
    },
    end: () => lines?.end(),
    text: () => Buffer.concat(chunks, keptBytes).toString(),
    dropped: () => droppedBytes,
  };
}

function splitLines(emit: (line: string) => void) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const send = (line: string) => emit(foreignText(line.endsWith("\r") ? line.slice(0, -1) : line, maxLineChars));
  return {
    write(chunk: Buffer) {
      const parts = (rest + decoder.write(chunk)).split("\n");
      // A line without end is looked at again with each piece of it, so only what could be shown is held.
      rest = (parts.pop() ?? "").slice(0, heldLineChars);
      for (const line of parts) send(line);
    },
    end() {
      rest += decoder.end();
      if (rest !== "") send(rest);
      rest = "";
    },
  };
}
