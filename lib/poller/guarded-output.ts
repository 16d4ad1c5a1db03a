import { mapTexts } from "#lib/core/map-texts.ts";

type Redact = (text: string) => string;

/** Lines longer than this are handed on in pieces. */
const longestLine = 1_000_000;

/** Takes secrets out of a stream of text, wherever it is cut into chunks: nothing is handed on before its line has ended. */
export function redactedLines(redact: Redact, write: (text: string) => void) {
  let rest = "";
  return {
    write(chunk: string): void {
      rest += chunk;
      const end = rest.lastIndexOf("\n") + 1;
      if (end === 0 && rest.length < longestLine) return;
      const whole = end === 0 ? rest.length : end;
      write(redact(rest.slice(0, whole)));
      rest = rest.slice(whole);
    },
    end(): void {
      if (rest !== "") write(redact(rest));
      rest = "";
    },
  };
}

/**
 * A destination for pino that takes secrets out of every text of a record, error messages and stack traces among them. The
 * record stays JSON whatever a secret is made of.
 */
export function redactedLog(redact: Redact, write: (line: string) => void): { write(line: string): void } {
  return {
    write(line) {
      const record = parse(line);
      write(record === undefined ? redact(line) : `${JSON.stringify(mapTexts(record, redact))}\n`);
    },
  };
}

/** Whatever a library prints by itself goes the same way. */
export function guardOutput(stream: NodeJS.WriteStream, redact: Redact): void {
  const raw = stream.write.bind(stream);
  const lines = redactedLines(redact, (text) => raw(text));
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    lines.write(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
    done?.();
    return true;
  };
  process.once("exit", () => lines.end());
}

function parse(line: string): object | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}
