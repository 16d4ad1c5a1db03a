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
export function prefixed(
  say: (line: string) => void,
  rewrite: (line: string) => string = (line) => line,
): (from: string, line: string) => void {
  return (from, line) => say(`${from.padEnd(7)} │ ${rewrite(line)}`);
}

/** A line of the poller's JSON log as a person reads it; any other line as it is. */
export function readableLog(line: string): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { level, time, msg, program: _program, pid: _pid, hostname: _hostname, ...rest } = entry;
  const weight = typeof level === "number" && level >= 50 ? "ERROR " : level === 40 ? "warning " : "";
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [String(time).slice(11, 19), `${weight}${String(msg)}`, ...facts].join(" ");
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
