import { ByteReader, type ByteWriter, createByteWriter } from "#lib/store/packing/bytes.ts";
import { Column, checkedCount, type Scalar, writeColumn } from "#lib/store/packing/columns.ts";

/**
 * Many JSON documents that are much alike, taken apart into columns: what is alike (keys, nesting, texts that are the same
 * in all of them) goes into `plan`, which the next pack of the same service is likely to share; what differs into `body`.
 */
export interface Packed {
  readonly plan: string;
  readonly body: Uint8Array;
}

/** `undefined` fields are left out, as in JSON; numbers keep what JSON would lose: `NaN`, infinities, `-0`. */
export function packDocuments(documents: readonly unknown[]): Packed {
  const writer = createByteWriter();
  writer.varint(documents.length);
  const plan = writeNode(writer, documents);
  return { plan: JSON.stringify(plan), body: writer.done() };
}

/** A pack opened for reading. Nothing is unpacked before it is asked for. */
export interface OpenPack {
  readonly length: number;
  readonly get: (index: number) => unknown;
  /**
   * The same field of all documents, or of those before `end`, without the rest of them: `["metrics", "total_ms|web-01|"]`.
   * Missing is `undefined`.
   */
  readonly field: (path: readonly string[], end?: number) => readonly unknown[];
  /** Names of the fields that any of the documents has there. */
  readonly names: (path: readonly string[]) => readonly string[];
}

/** `plan` is `JSON.parse` of a pack's plan: it is shared by many packs, so parsing it is left to the caller. */
export function openPack(plan: unknown, body: Uint8Array): OpenPack {
  const root = rootOf(plan);
  const reader = new ByteReader(body);
  const length = checkedCount(reader.varint());
  const top = readNode(reader, root, length);
  const nodeAt = (path: readonly string[]) => path.reduce<Node | undefined>((node, key) => node?.child?.(key), top);
  return {
    length,
    get: (index) => top.get(index),
    field: (path, end = length) => {
      const field = nodeAt(path);
      if (field?.column !== undefined) return end < length ? field.column.before(end) : field.column.all();
      const values: unknown[] = [];
      for (let i = 0; i < Math.min(end, length); i += 1) values.push(field?.get(i));
      return values;
    },
    names: (path) => nodeAt(path)?.names ?? [],
  };
}

/**
 * What a node of the documents is. Items of arrays, and values of records of objects, lie in one column per field, place by
 * place: all first items, then all second ones, so that the numbers of one server stand side by side in time.
 */
type Plan =
  | readonly ["text", string]
  | readonly ["scalar"]
  | readonly ["object", readonly string[], readonly Plan[]]
  | readonly ["keys", readonly (readonly string[])[], readonly string[], readonly Plan[]]
  | readonly ["record", readonly (readonly string[])[], Plan]
  | readonly ["array", Plan]
  | readonly ["mixed", readonly Kind[], readonly Plan[]];

type Kind = "scalar" | "object" | "array" | "missing";
type Fields = Readonly<Record<string, unknown>>;

function writeNode(writer: ByteWriter, values: readonly unknown[]): Plan {
  const kinds = [...new Set(values.map(kindOf))];
  const only = kinds.length === 1 ? kinds[0] : undefined;
  if (kinds.length === 0 || only === "scalar") return writeScalars(writer, values as readonly Scalar[]);
  if (only === "object") return writeObjects(writer, values as readonly Fields[]);
  if (only === "array") return writeArrays(writer, values as readonly (readonly unknown[])[]);
  writeColumn(
    writer,
    values.map((value) => kinds.indexOf(kindOf(value))),
  );
  const parts = kinds.map((kind): Plan => {
    if (kind === "missing") return ["scalar"];
    return writeNode(
      writer,
      values.filter((value) => kindOf(value) === kind),
    );
  });
  return ["mixed", kinds, parts];
}

function kindOf(value: unknown): Kind {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "array";
  return typeof value === "object" && value !== null ? "object" : "scalar";
}

function writeScalars(writer: ByteWriter, values: readonly Scalar[]): Plan {
  const first = values[0];
  if (typeof first === "string" && values.every((value) => value === first)) return ["text", first];
  writeColumn(writer, values);
  return ["scalar"];
}

function writeObjects(writer: ByteWriter, values: readonly Fields[]): Plan {
  const lists = new Map<string, { readonly id: number; readonly keys: readonly string[] }>();
  const which = values.map((value) => {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    const name = JSON.stringify(keys);
    const list = lists.get(name) ?? { id: lists.size, keys };
    lists.set(name, list);
    return list;
  });
  const keyLists = [...lists.values()].map((list) => list.keys);
  const alike = keyLists.length === 1 ? keyLists[0] : undefined;
  const isRecord = values.every(isRecordOfAlike) && keyLists.some((keys) => keys.length > 1);
  if (alike === undefined || isRecord) {
    writeColumn(
      writer,
      which.map((list) => list.id),
    );
  }
  if (isRecord) {
    const items = values.map((value, i) => (which[i]?.keys ?? []).map((key) => value[key]));
    return ["record", keyLists, writeNode(writer, placeByPlace(items))];
  }
  const fieldPlan = (key: string) =>
    writeNode(
      writer,
      values.filter((_, i) => which[i]?.keys.includes(key)).map((value) => value[key]),
    );
  if (alike !== undefined) return ["object", alike, alike.map(fieldPlan)];
  const all = [...new Set(keyLists.flat())];
  return ["keys", keyLists, all, all.map(fieldPlan)];
}

/** Many objects of one form by name, like counters by server; not an object whose fields mean different things. */
function isRecordOfAlike(value: Fields): boolean {
  const items = Object.values(value);
  const [first, ...rest] = items;
  if (kindOf(first) !== "object") return items.length === 0;
  const keys = Object.keys(first as Fields).join("\n");
  return rest.every((item) => kindOf(item) === "object" && Object.keys(item as Fields).join("\n") === keys);
}

function writeArrays(writer: ByteWriter, values: readonly (readonly unknown[])[]): Plan {
  writeColumn(
    writer,
    values.map((value) => value.length),
  );
  return ["array", writeNode(writer, placeByPlace(values))];
}

function placeByPlace(lists: readonly (readonly unknown[])[]): unknown[] {
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const items: unknown[] = [];
  for (let place = 0; place < longest; place += 1) {
    for (const list of lists) if (list.length > place) items.push(list[place]);
  }
  return items;
}

interface Node {
  readonly get: (index: number) => unknown;
  /** Of all documents, where they lie in one column. */
  readonly column?: Column;
  /** A field, at the same indices; only where the node is an object in all documents. */
  readonly child?: (key: string) => Node | undefined;
  readonly names?: readonly string[];
}

function readNode(reader: ByteReader, plan: Plan, count: number): Node {
  switch (plan[0]) {
    case "text":
      return { get: () => plan[1] };
    case "scalar": {
      const column = new Column(reader, count);
      return { get: (index) => column.at(index), column };
    }
    case "object":
      return objectNode(
        plan[1],
        plan[2].map((part) => readNode(reader, part, count)),
      );
    case "keys":
      return readKeys(reader, plan, count);
    case "record":
      return readRecord(reader, plan, count);
    case "array":
      return readArray(reader, plan[1], count);
    case "mixed":
      return readMixed(reader, plan, count);
    default:
      return plan satisfies never;
  }
}

/** The plan as a plan; a `RangeError` when it is damaged. One that was found whole is not looked at again. */
function rootOf(plan: unknown): Plan {
  if (typeof plan === "object" && plan !== null && wholePlans.has(plan)) return plan as Plan;
  if (!isPlan(plan, 0)) throw new RangeError("the plan of the pack is damaged");
  wholePlans.add(plan);
  return plan;
}

const wholePlans = new WeakSet<object>();

/** Whether it is what `packDocuments` writes: it comes from a disk, and what follows trusts its form. */
function isPlan(plan: unknown, depth: number): plan is Plan {
  if (!Array.isArray(plan) || depth > deepestPlan) return false;
  const [form, first, second, third] = plan as readonly unknown[];
  const arePlans = (parts: unknown, count: number) =>
    Array.isArray(parts) && parts.length === count && parts.every((part) => isPlan(part, depth + 1));
  switch (form) {
    case "text":
      return typeof first === "string";
    case "scalar":
      return true;
    case "object":
      return areTexts(first) && arePlans(second, first.length);
    case "keys":
      return areLists(first) && areTexts(second) && arePlans(third, second.length);
    case "record":
      return areLists(first) && isPlan(second, depth + 1);
    case "array":
      return isPlan(first, depth + 1);
    case "mixed":
      return areTexts(first) && first.every((kind) => kinds.has(kind)) && arePlans(second, first.length);
    default:
      return false;
  }
}

const deepestPlan = 1_000;
const kinds: ReadonlySet<string> = new Set<Kind>(["scalar", "object", "array", "missing"]);

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function areLists(value: unknown): value is readonly (readonly string[])[] {
  return Array.isArray(value) && value.every(areTexts);
}

function objectNode(keys: readonly string[], nodes: readonly Node[]): Node {
  return {
    get: (index) => {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i += 1) setField(value, keys[i] as string, (nodes[i] as Node).get(index));
      return value;
    },
    child: (key) => nodes[keys.indexOf(key)],
    names: keys,
  };
}

function readKeys(
  reader: ByteReader,
  [, lists, all, parts]: Extract<Plan, readonly ["keys", ...unknown[]]>,
  count: number,
): Node {
  const which = new Column(reader, count).all() as readonly number[];
  const places = new Map<string, (number | undefined)[]>();
  const nodes = new Map<string, Node>();
  for (const [i, key] of all.entries()) {
    const has = lists.map((list) => list.includes(key));
    let next = 0;
    places.set(
      key,
      which.map((list) => (has[list] ? next++ : undefined)),
    );
    nodes.set(key, readNode(reader, parts[i] as Plan, next));
  }
  const fieldAt = (key: string, index: number) => {
    const place = places.get(key)?.[index];
    return place === undefined ? undefined : nodes.get(key)?.get(place);
  };
  return {
    get: (index) => {
      const value: Record<string, unknown> = {};
      for (const key of lists[which[index] as number] ?? []) setField(value, key, fieldAt(key, index));
      return value;
    },
    child: (key) => (nodes.has(key) ? { get: (index) => fieldAt(key, index) } : undefined),
    names: all,
  };
}

function readRecord(
  reader: ByteReader,
  [, lists, part]: Extract<Plan, readonly ["record", ...unknown[]]>,
  count: number,
): Node {
  const which = new Column(reader, count);
  const lengthOf = (list: Scalar) => lists[list as number]?.length ?? 0;
  const placed = which.isConstant
    ? readEven(reader, part, lengthOf(which.at(0)), count)
    : readPlaces(reader, part, which.all().map(lengthOf));
  return {
    get: (index) => {
      const value: Record<string, unknown> = {};
      const keys = lists[which.at(index) as number] ?? [];
      for (const [place, key] of keys.entries()) setField(value, key, placed(index, place));
      return value;
    },
  };
}

function readArray(reader: ByteReader, part: Plan, count: number): Node {
  const lengths = new Column(reader, count);
  const placed = lengths.isConstant
    ? readEven(reader, part, lengths.at(0) as number, count)
    : readPlaces(reader, part, lengths.all() as readonly number[]);
  return {
    get: (index) =>
      Array.from({ length: (lengths.at(index) as number | undefined) ?? 0 }, (_, place) => placed(index, place)),
  };
}

/** Items of `count` lists that have `each` of them. */
function readEven(
  reader: ByteReader,
  part: Plan,
  each: number,
  count: number,
): (index: number, place: number) => unknown {
  const items = readNode(reader, part, checkedCount(checkedCount(each) * count));
  return (index, place) => items.get(place * count + index);
}

/** Items of lists of different lengths, which lie place by place; see `placeByPlace`. */
function readPlaces(
  reader: ByteReader,
  part: Plan,
  lengths: readonly number[],
): (index: number, place: number) => unknown {
  const total = checkedCount(lengths.reduce((sum, length) => sum + checkedCount(length), 0));
  const items = readNode(reader, part, total);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const positions: number[][] = lengths.map(() => []);
  let next = 0;
  for (let place = 0; place < longest; place += 1) {
    for (const [index, length] of lengths.entries()) if (length > place) positions[index]?.push(next++);
  }
  return (index, place) => items.get(positions[index]?.[place] as number);
}

function readMixed(
  reader: ByteReader,
  [, kinds, parts]: Extract<Plan, readonly ["mixed", ...unknown[]]>,
  count: number,
): Node {
  const which = new Column(reader, count).all() as readonly number[];
  const counts = kinds.map(() => 0);
  const places = which.map((kind) => {
    const place = counts[kind] ?? 0;
    counts[kind] = place + 1;
    return place;
  });
  const nodes = kinds.map((kind, i) =>
    kind === "missing" ? { get: () => undefined } : readNode(reader, parts[i] as Plan, counts[i] ?? 0),
  );
  const at = (index: number) => nodes[which[index] as number];
  return {
    names: [...new Set(nodes.flatMap((node: Node) => node.names ?? []))],
    get: (index) => at(index)?.get(places[index] as number),
    child: (key) => ({
      get: (index) => {
        const node: Node | undefined = at(index);
        return node?.child?.(key)?.get(places[index] as number);
      },
    }),
  };
}

/** By definition, not assignment: a watched server may name something `__proto__`. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
