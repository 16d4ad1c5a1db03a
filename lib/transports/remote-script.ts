import { randomBytes } from "node:crypto";
import { quoteWord, quoteWords } from "#lib/transports/ssh-quote.ts";

/** A command as sshd's shell gets it, and how its process group is learned from what it prints. */
export interface RemoteCommand {
  readonly text: string;
  /** Begins the line on stderr that tells the process group; random, so that no output is taken for it by chance. */
  readonly mark: string;
}

/**
 * Wraps words for a POSIX shell so that the command leads a process group that can be ended as a whole, tells its
 * number first, and, where `timeout` knows `-k`, ends itself even if the connection to it is lost. sshd makes the shell it
 * starts a group leader; `setsid` serves where one does not. The words come last and plain (`… pitwall sudo -n x`), so
 * that a forced command can recognise what it is asked for.
 */
export function remoteCommand(words: readonly string[], limitSeconds: number): RemoteCommand {
  const mark = `pitwall-${randomBytes(9).toString("base64url")}`;
  const start = [
    `echo "${mark} $$" >&2`,
    `if timeout -k 1 9 true 2>/dev/null; then exec timeout -k 5 ${limitSeconds} "$@"; fi`,
    'exec "$@"',
  ].join("\n");
  const script = [
    "if kill -s 0 -- -$$ 2>/dev/null || ! command -v setsid >/dev/null 2>&1; then",
    start,
    "fi",
    `exec setsid sh -c ${quoteWord(start)} pitwall "$@"`,
  ].join("\n");
  return { text: `exec sh -c ${quoteWord(script)} pitwall ${quoteWords(words)}`, mark };
}

/**
 * Ends a process group: TERM, a second later KILL, and a look whether anything of it is left. Prints `gone` or `remains`.
 * Leftovers that nobody reaped (state Z) run no more and do not count. Only "no such process" proves that it is gone: "not
 * permitted" is what a command started by sudo answers.
 */
export function endingCommand(group: number): string {
  return `exec sh -c ${quoteWord(endingScript)} pitwall ${group}`;
}

const endingScript = `
export LC_ALL=C
there() { case $(kill -s 0 -- "$1" 2>&1 && echo yes) in *"o such process"*) return 1 ;; esac; return 0; }
runs() { ps -A -o pgid= -o pid= -o stat= | while read -r g p s; do
  if [ "$g" = "$1" ] || [ "$p" = "$1" ]; then case $s in Z*) ;; *) echo yes; break ;; esac; fi; done; }
gone() { there "$target" || return 0; [ "$2" = 4 ] && ps -A -o pgid= >/dev/null 2>&1 && [ -z "$(runs "$1")" ]; }
target=-$1
there "$target" || target=$1
for signal in TERM KILL; do
  kill -s "$signal" -- "$target" 2>/dev/null
  tries=0
  while [ "$tries" -lt 10 ]; do
    if gone "$1" "$tries"; then echo gone; exit 0; fi
    sleep 0.1 2>/dev/null || sleep 1
    tries=$((tries + 1))
  done
done
echo remains
`;

/** Takes the mark's line out of what comes on stderr. Everything else goes on at once, but for a line still incomplete. */
export function findMark(mark: string, found: (group: number) => void, pass: (chunk: Buffer) => void) {
  let held = Buffer.alloc(0);
  let looked = 0;
  let done = false;
  const flush = () => {
    done = true;
    if (held.length > 0) pass(held);
    held = Buffer.alloc(0);
  };
  return {
    write(chunk: Buffer): void {
      if (done) {
        pass(chunk);
        return;
      }
      held = Buffer.concat([held, chunk]);
      for (let end = held.indexOf(10); end >= 0 && !done; end = held.indexOf(10)) {
        const line = held.subarray(0, end + 1);
        held = held.subarray(end + 1);
        const group = groupOf(line, mark);
        if (group === undefined) pass(line);
        else {
          found(group);
          flush();
        }
        looked += line.length;
      }
      // A login shell may greet before the mark, but not by pages.
      if (!done && looked + held.length > maxGreetingBytes) flush();
    },
    end: flush,
  };
}

const maxGreetingBytes = 16_384;

function groupOf(line: Buffer, mark: string): number | undefined {
  const match = line.toString("latin1").trimEnd().split(`${mark} `);
  const group = match.length === 2 ? Number(match[1]) : Number.NaN;
  return Number.isSafeInteger(group) && group > 1 ? group : undefined;
}
