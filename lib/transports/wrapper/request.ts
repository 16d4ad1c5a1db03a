import { randomBytes } from "node:crypto";

/** One command as the wrapper on a host takes it. */
export interface WrappedRequest {
  /** What is asked of sshd; the forced command reads it as SSH_ORIGINAL_COMMAND. */
  readonly text: string;
  /** In front of what the program itself reads. */
  readonly stdin: string;
  /** Begins the line on stderr that tells the process group. */
  readonly mark: string;
  /** Ends it, by another channel. */
  readonly end: string;
}

/** `null` when a word holds what the wrapper takes from nobody: anything but printable ASCII, or too much of it. */
export function wrapRequest(id: string, args: readonly string[], secrets: readonly string[]): WrappedRequest | null {
  const body = JSON.stringify({ command: id, args, secrets });
  if (!/^[ -~]*$/.test(body) || body.length > 16_384) return null;
  const run = randomBytes(12).toString("hex");
  return {
    text: `pitwall-1 run ${run} ${body.length}`,
    stdin: body,
    mark: `pitwall-${run}`,
    end: `pitwall-1 end ${run}`,
  };
}

/** What the wrapper said when it refused; `null` when it did not. */
export function wrapperRefusal(exitCode: number | null, stderr: string): string | null {
  // Without the forced command the words go to a shell.
  if (exitCode === 127 && /\bpitwall-1\b/.test(stderr)) return "there is no wrapper behind this key";
  if (exitCode !== 126) return null;
  return /^pitwall-run: refused: ([^\n]{1,300})/m.exec(stderr)?.[1] ?? null;
}
