/** What a command is handed of the process it runs in. Each command returns its exit code. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** A line of the answer, to stdout. */
  readonly say: (line: string) => void;
  /** A line about the answer, to stderr. */
  readonly complain: (line: string) => void;
}

/** Passes on a child's line under its name: `poller │ …`. */
export function prefixed(say: (line: string) => void): (from: string, line: string) => void {
  return (from, line) => say(`${from.padEnd(7)} │ ${line}`);
}
