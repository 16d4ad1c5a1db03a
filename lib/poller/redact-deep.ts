/** Takes secrets out of every text of a plain value, names of keys among them; a part without any stays the very same object. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T {
  return walk(value, redact) as T;
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return walkList(value, redact);
  if (typeof value !== "object" || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, inner]) => {
    const clean = [redact(key), walk(inner, redact)] as const;
    changed ||= clean[0] !== key || clean[1] !== inner;
    return clean;
  });
  return changed ? Object.fromEntries(entries) : value;
}

function walkList(list: readonly unknown[], redact: (text: string) => string): readonly unknown[] {
  const clean = list.map((item) => walk(item, redact));
  return clean.some((item, index) => item !== list[index]) ? clean : list;
}
