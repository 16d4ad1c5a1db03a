/** One value that was told of before or after; a side that is missing is `null`. */
export interface Difference {
  /** `plan.hash`; empty when the whole is one value. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What was there before and after, value by value in the order of the rows; what stayed the same is left out. */
export function differences(before: unknown, after: unknown): Difference[] {
  const sides = [leaves(before), leaves(after)] as const;
  const paths = new Set([...sides[0].keys(), ...sides[1].keys()]);
  return [...paths]
    .map((path) => ({ path, before: sides[0].get(path) ?? null, after: sides[1].get(path) ?? null }))
    .filter((one) => one.before !== one.after);
}

function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (value === undefined) return found;
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) found.set(path, typeof value === "string" ? value : JSON.stringify(value));
  for (const [key, one] of inner) leaves(one, path === "" ? key : `${path}.${key}`, found);
  return found;
}
