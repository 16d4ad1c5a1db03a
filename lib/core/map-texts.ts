/**
 * A plain value with every text changed, the names of its fields too. What has none to change stays the very same object, and
 * looking costs little memory: each sample of each poll goes through here more than once.
 */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  return walk(value, change) as T;
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? walkList(value, change) : walkFields(value as Fields, change);
}

function walkList(list: readonly unknown[], change: (text: string) => string): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (let at = 0; at < list.length; at += 1) {
    const item = walk(list[at], change);
    if (changed === undefined && !Object.is(item, list[at])) changed = list.slice(0, at);
    changed?.push(item);
  }
  return changed ?? list;
}

type Fields = Readonly<Record<string, unknown>>;

function walkFields(fields: Fields, change: (text: string) => string): Fields {
  let changed: [string, unknown][] | undefined;
  let at = 0;
  // No list of the keys is made for it: V8 knows those of plain objects by heart.
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue;
    const before = fields[key];
    const name = change(key);
    const inner = walk(before, change);
    if (changed === undefined && (name !== key || !Object.is(inner, before)))
      changed = Object.entries(fields).slice(0, at);
    changed?.push([name, inner]);
    at += 1;
  }
  return changed === undefined ? fields : Object.fromEntries(changed);
}
