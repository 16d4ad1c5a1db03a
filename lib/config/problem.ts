/** One thing that is wrong with a configuration: where, what was expected, what was found, and the nearest valid word. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; both are 1 when the problem is the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** Where in the document: `services[2].interval`; empty for the document itself. */
  readonly path: string;
  /** One sentence without a full stop, with everything below already in it; never the text of a secret. */
  readonly message: string;
  readonly expected?: string;
  /** As it stands in the file, bounded; `[not shown]` where it may be a secret. */
  readonly found?: string;
  /** The nearest valid key, id or word. */
  readonly nearest?: string;
  /** The line of the file with secrets left out, and the column of the caret in it (from 1). */
  readonly excerpt?: { readonly text: string; readonly caret: number };
}

/** `pitwall.yaml:12:5: unknown key …`, the way compilers say it, so that editors and terminals can jump there. */
export function formatProblem(problem: ConfigProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** The same with the line of the file and a caret under it. */
export function formatProblemWithExcerpt(problem: ConfigProblem): string {
  if (problem.excerpt === undefined) return formatProblem(problem);
  const gutter = `${problem.line}`.padStart(5);
  const caret = `${" ".repeat(problem.excerpt.caret - 1)}^`;
  return `${formatProblem(problem)}\n${gutter} | ${problem.excerpt.text}\n${" ".repeat(5)} | ${caret}`;
}

/** In the order of the file. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
