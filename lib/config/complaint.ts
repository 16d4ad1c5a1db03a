import type { Path } from "#lib/config/yaml-source.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";

/** A problem by its place in the document, before it gets a line. */
export interface Complaint {
  readonly path: Path;
  /** Whether the key itself is wrong, and not what it holds. */
  readonly at: "key" | "value";
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly nearest?: string;
}

/** `services[2].interval` */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${bounded(step)}`))
    .join("");
}

/** What stands wrong, in words: the last key of the path. */
export function quoteKey(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the document";
  return typeof last === "number" ? `\`${formatPath(path.slice(-2))}\`` : `\`${bounded(last)}\``;
}

/** What a person calls a value that should not be there. */
export function describeValue(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return `\`${bounded(value)}\``;
  return `the ${typeof value === "boolean" ? "word" : "number"} ${String(value)}`;
}

/** Short, on one line, without control characters, and without the password of an address. */
export function bounded(text: string): string {
  const line = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/:\/\/[^/@\s]*@/g, "://[not shown]@");
  return foreignLine(line.length > 60 ? `${line.slice(0, 59)}…` : line, 200);
}

/** Whether a key is of the sort that holds a secret, so that what stands there is not repeated. */
export function namesSecret(key: string): boolean {
  return /pass|pwd|secret|token|credential|authorization|cookie|private|api.?key|^key$/i.test(key);
}
