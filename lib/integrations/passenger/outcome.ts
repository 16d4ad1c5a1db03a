import { type Failure, failure } from "#lib/core/failure.ts";
import { line } from "#lib/integrations/passenger/value.ts";
import type { CommandAnswer } from "#lib/transports/types.ts";

/**
 * Why a Passenger tool brought nothing, from its exit code and words; `null` when it ended well. The tools say the same
 * code for different troubles and put some of their errors on stdout, so the words decide (Passenger 6.0.17, run).
 */
export function failureOf(answer: CommandAnswer, tool: string, node: string): Failure | null {
  if (answer.exitCode === 0) return null;
  const words = `${ends(answer.stderr)}\n${ends(answer.stdout)}`;
  const said = line(answer.stderr.trim() === "" ? answer.stdout : answer.stderr, 300);
  const of = (kind: Failure["kind"], what: string) => failure(kind, what, said === null ? {} : { said });
  if (
    /sudo: .{0,300}(password is required|terminal is required|not allowed|not in the sudoers)|may not run sudo|user \S+ is not allowed to execute/i.test(
      words,
    )
  ) {
    return of("sudo-required", `the user on ${node} lacks the sudo right for ${tool}`);
  }
  if (answer.exitCode === 127 || /sudo: .{0,300}command not found/i.test(words)) {
    return of("command-not-found", `${tool} is not installed on ${node} or not in its PATH`);
  }
  if (/doesn't seem to be running/.test(words)) return of("not-running", `Passenger is not running on ${node}`);
  if (/It appears that multiple .{0,300} instances are running/s.test(words)) {
    return of("ambiguous-instance", `several Passenger instances run on ${node}`);
  }
  if (/there doesn't seem to be a .{0,300} instance running with the name/s.test(words)) {
    return of("no-such-object", `no Passenger instance of the configured name runs on ${node}`);
  }
  if (/not authorized to query|Permission denied - connect|EACCES/.test(words)) {
    return of("sudo-required", `the user on ${node} may not ask Passenger`);
  }
  if (/ECONNREFUSED|ENOENT.{0,300}core_api|No such file or directory - connect/s.test(words)) {
    return of("not-running", `Passenger on ${node} left its files behind but does not answer`);
  }
  if (/ECONNRESET|EOFError|EPIPE/.test(words)) return of("reset", `Passenger on ${node} went away while it was asked`);
  const end = answer.exitCode === null ? `by signal ${answer.signal ?? "unknown"}` : `with code ${answer.exitCode}`;
  return of("command-failed", `${tool} on ${node} ended ${end}`);
}

/** Characters of an output that are searched for words, at its beginning and at its end. */
const searchedChars = 2_000;

/** A complaint stands at one end of what was printed; searching all of it takes time that grows with its square. */
function ends(text: string): string {
  if (text.length <= 2 * searchedChars) return text;
  return `${text.slice(0, searchedChars)}\n${text.slice(-searchedChars)}`;
}
