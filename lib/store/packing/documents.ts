import { ByteReader, type ByteWriter, createByteWriter } from "#lib/store/packing/bytes.ts";
import {
  checkedCount,
  readColumn,
  readFormColumn,
  type Scalar,
  skipColumn,
  writeColumn,
} from "#lib/store/packing/columns.ts";
import { allOf, type Forms, formAt, type Places, partOf } from "#lib/store/packing/places.ts";

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

/**
 * A pack opened for reading. Nothing is unpacked before it is asked for, and of what is asked for no column further than it
 * must be: a board of the past wants one document of each of a thousand packs.
 */
export class Pack {
  readonly length: number;
  readonly #plan: Plan;
  readonly #body: Uint8Array;
  /** Where the documents begin. */
  readonly #from: number;
  /** Where the first fields of an object begin, as far as they were stepped over. */
  readonly #starts: Starts = new Map();

  /** `plan` is `JSON.parse` of a pack's plan: it is shared by many packs, so parsing it is left to the caller. */
  constructor(plan: unknown, body: Uint8Array) {
    const reader = new ByteReader(body);
    this.length = checkedCount(reader.varint());
    this.#plan = checkedPlan(plan);
    this.#body = body;
    this.#from = reader.at;
  }

  /** All of them, or those at these places. */
  documents(places: Places = allOf(this.length)): unknown[] {
    this.#check(places);
    return readNode(new ByteReader(this.#body, this.#from), this.#plan, this.length, places);
  }

  /**
   * The same field of all documents, or of those at these places, without the rest of them:
   * `["metrics", "total_ms|web-01|"]`. Missing is `undefined`.
   */
  field(path: readonly string[], places: Places = allOf(this.length)): unknown[] {
    this.#check(places);
    const reader = new ByteReader(this.#body, this.#from);
    return readField(reader, this.#plan, this.length, places, { path, starts: this.#starts });
  }

  /** Names of the fields that any of the documents has there. */
  names(path: readonly string[]): readonly string[] {
    return [...new Set(namesIn(this.#plan, path))];
  }

  #check(places: Places): void {
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined || (first >= 0 && last < this.length)) return;
    throw new RangeError(`a pack of ${this.length} has no documents ${first} to ${last}`);
  }
}

/**
 * What a node of the documents is. Items of arrays, and values of records of objects, lie in one column per field, place by
 * place: all first items, then all second ones, so that the numbers of one server stand side by side in time.
 */
type Plan =
  | readonly ["text", string]
  | readonly ["same", boolean | null]
  | readonly ["none"]
  | readonly ["scalar"]
  | readonly ["object", readonly string[], readonly Plan[]]
  | readonly ["keys", readonly (readonly string[])[], readonly string[], readonly Plan[]]
  | readonly ["record", readonly (readonly string[])[], Plan]
  | readonly ["array", Plan]
  | readonly ["mixed", readonly Kind[], readonly Plan[]];

type Kind = "scalar" | "object" | "array" | "missing";
type Fields = Record<string, unknown>;

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
  const isSame = typeof first !== "number" && values.length > 0 && values.every((value) => value === first);
  // Numbers stand still too, but seldom at the same one for long: each would make a plan of its own.
  if (isSame && first !== undefined) return typeof first === "string" ? ["text", first] : ["same", first];
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
  if (values.every((value) => value.length === 0)) return ["none"];
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

/** The plan as a plan; a `RangeError` when it is damaged. One that was found whole is not looked at again. */
function checkedPlan(plan: unknown): Plan {
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
    case "same":
      return first === null || typeof first === "boolean";
    case "none":
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

/** Fields by their object: where in the body each begins, as far as that is known. */
type Starts = Map<Plan, number[]>;

/** The documents at the places `wanted` of `count`; the reader then stands behind them all. */
function readNode(reader: ByteReader, plan: Plan, count: number, wanted: Places): unknown[] {
  if (wanted.length === 0) {
    skipNode(reader, plan);
    return [];
  }
  switch (plan[0]) {
    case "text":
    case "same":
      return new Array<unknown>(wanted.length).fill(plan[1]);
    case "none":
      return wanted.map(() => []);
    case "scalar":
      return readColumn(reader, count, wanted);
    case "object":
      return readObjects(reader, plan, count, wanted);
    case "keys":
      return readKeys(reader, plan, count, wanted);
    case "record":
      return readRecords(reader, plan, count, wanted);
    case "array":
      return readItems(reader, plan[1], readFormColumn(reader, count), count, wanted);
    case "mixed":
      return readMixed(reader, plan, count, wanted);
    default:
      return plan satisfies never;
  }
}

type PlanOf<Form extends Plan[0]> = Extract<Plan, readonly [Form, ...unknown[]]>;

function readObjects(reader: ByteReader, plan: PlanOf<"object">, count: number, wanted: Places): Fields[] {
  const [, keys, parts] = plan;
  const shape = shapeOf(plan);
  const values = wanted.map((): Fields => ({ ...shape }));
  for (let i = 0; i < keys.length; i += 1) {
    const part = parts[i] as Plan;
    if (isTold(part)) continue;
    const field = readNode(reader, part, count, wanted);
    for (let j = 0; j < values.length; j += 1) setField(values[j] as Fields, keys[i] as string, field[j]);
  }
  return values;
}

/** Whether a plan says itself what the body would. */
function isTold(plan: Plan): plan is PlanOf<"text" | "same"> {
  return plan[0] === "text" || plan[0] === "same";
}

/** An object with the fields of a plan, those that are told set: it costs less to copy than one does to build. */
function shapeOf(plan: PlanOf<"object">): Fields {
  const known = shapes.get(plan);
  if (known !== undefined) return known;
  const shape: Fields = {};
  for (const [i, key] of plan[1].entries()) {
    const part = plan[2][i] as Plan;
    setField(shape, key, isTold(part) ? part[1] : undefined);
  }
  shapes.set(plan, shape);
  return shape;
}

const shapes = new WeakMap<Plan, Fields>();

function readKeys(reader: ByteReader, [, lists, all, parts]: PlanOf<"keys">, count: number, wanted: Places): Fields[] {
  const which = readFormColumn(reader, count);
  const fields = new Map(
    all.map((key, i) => {
      const own = partOf(which, count, (list) => lists[list]?.includes(key) === true, wanted);
      return [key, readNode(reader, parts[i] as Plan, own.count, own.wanted).values()];
    }),
  );
  return wanted.map((place) => {
    const value: Fields = {};
    for (const key of lists[formAt(which, place) as number] ?? []) setField(value, key, fields.get(key)?.next().value);
    return value;
  });
}

function readRecords(reader: ByteReader, [, lists, part]: PlanOf<"record">, count: number, wanted: Places): Fields[] {
  const which = readFormColumn(reader, count);
  const keysOf = (list: number | undefined) => lists[list as number] ?? [];
  const lengths = typeof which === "number" ? keysOf(which).length : which.map((list) => keysOf(list).length);
  const items = readItems(reader, part, lengths, count, wanted);
  return wanted.map((place, i) => {
    const value: Fields = {};
    const keys = keysOf(formAt(which, place));
    for (let at = 0; at < keys.length; at += 1) setField(value, keys[at] as string, items[i]?.[at]);
    return value;
  });
}

/** Lists of these lengths, whose items lie place by place; see `placeByPlace`. */
function readItems(reader: ByteReader, part: Plan, lengths: Forms, count: number, wanted: Places): unknown[][] {
  if (typeof lengths === "number") return readEvenItems(reader, part, lengths, count, wanted);
  const total = checkedCount(lengths.reduce((sum, length) => sum + checkedCount(length), 0));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const places: number[] = [];
  const owners: number[] = [];
  for (let place = 0, next = 0; place < longest; place += 1) {
    for (let index = 0, sought = 0; index < lengths.length; index += 1) {
      const isWanted = index === wanted[sought];
      if (isWanted) sought += 1;
      if ((lengths[index] as number) <= place) continue;
      if (isWanted) {
        places.push(next);
        owners.push(sought - 1);
      }
      next += 1;
    }
  }
  const lists = wanted.map((): unknown[] => []);
  for (const [i, item] of readNode(reader, part, total, places).entries()) lists[owners[i] as number]?.push(item);
  return lists;
}

function readEvenItems(reader: ByteReader, part: Plan, each: number, count: number, wanted: Places): unknown[][] {
  const total = checkedCount(checkedCount(each) * count);
  const places: number[] = [];
  for (let place = 0; place < each; place += 1) for (const index of wanted) places.push(place * count + index);
  const items = readNode(reader, part, total, places);
  if (wanted.length === 1) return [items];
  return wanted.map((_, i) => Array.from({ length: each }, (_, place) => items[place * wanted.length + i]));
}

function readMixed(reader: ByteReader, [, kinds, parts]: PlanOf<"mixed">, count: number, wanted: Places): unknown[] {
  const which = readFormColumn(reader, count);
  const values = kinds.map((kind, i) => {
    if (kind === "missing") return undefined;
    const own = partOf(which, count, (other) => other === i, wanted);
    return readNode(reader, parts[i] as Plan, own.count, own.wanted).values();
  });
  return wanted.map((place) => values[formAt(which, place) as number]?.next().value);
}

/** One field of those documents; where the reader then stands is not told. */
function readField(reader: ByteReader, plan: Plan, count: number, wanted: Places, { path, starts }: Sought): unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return readNode(reader, plan, count, wanted);
  if (plan[0] === "object") {
    const at = plan[1].indexOf(key);
    if (at === -1) return nothingFor(wanted);
    moveToField(reader, plan, at, starts);
    return readField(reader, plan[2][at] as Plan, count, wanted, { path: rest, starts });
  }
  if (plan[0] !== "keys" && plan[0] !== "mixed") return nothingFor(wanted);
  const isKeys = plan[0] === "keys";
  const [parts, at] = isKeys ? [plan[3], plan[2].indexOf(key)] : [plan[2], plan[1].indexOf("object")];
  if (at === -1) return nothingFor(wanted);
  const lists = isKeys ? plan[1] : [];
  const has = (form: number) => (isKeys ? lists[form]?.includes(key) === true : form === at);
  const which = readFormColumn(reader, count);
  for (const [i, part] of parts.slice(0, at).entries()) if (isKeys || plan[1][i] !== "missing") skipNode(reader, part);
  const own = partOf(which, count, has, wanted);
  const found = { path: isKeys ? rest : path, starts };
  const values = readField(reader, parts[at] as Plan, own.count, own.wanted, found).values();
  return wanted.map((place) => (has(formAt(which, place) as number) ? values.next().value : undefined));
}

interface Sought {
  readonly path: readonly string[];
  readonly starts: Starts;
}

function nothingFor(wanted: Places): undefined[] {
  return new Array<undefined>(wanted.length).fill(undefined);
}

function moveToField(reader: ByteReader, plan: PlanOf<"object">, at: number, starts: Starts): void {
  const known = starts.get(plan) ?? [reader.at];
  starts.set(plan, known);
  while (known.length <= at) {
    reader.moveTo(known.at(-1) as number);
    skipNode(reader, plan[2][known.length - 1] as Plan);
    known.push(reader.at);
  }
  reader.moveTo(known[at] as number);
}

function skipNode(reader: ByteReader, plan: Plan): void {
  const form = plan[0];
  if (form === "text" || form === "same" || form === "none") return;
  if (form !== "object") skipColumn(reader);
  if (form === "object") for (const part of plan[2]) skipNode(reader, part);
  else if (form === "keys") for (const part of plan[3]) skipNode(reader, part);
  else if (form === "record") skipNode(reader, plan[2]);
  else if (form === "array") skipNode(reader, plan[1]);
  else if (form === "mixed") for (const part of presentOf(plan)) skipNode(reader, part);
}

/** What is missing has no part in the body. */
function presentOf([, kinds, parts]: PlanOf<"mixed">): readonly Plan[] {
  return parts.filter((_, i) => kinds[i] !== "missing");
}

function namesIn(plan: Plan, [key, ...rest]: readonly string[]): readonly string[] {
  if (plan[0] === "mixed")
    return presentOf(plan).flatMap((part) => namesIn(part, key === undefined ? [] : [key, ...rest]));
  if (plan[0] !== "object" && plan[0] !== "keys") return [];
  const [keys, parts] = plan[0] === "object" ? [plan[1], plan[2]] : [plan[2], plan[3]];
  if (key === undefined) return keys;
  const part = parts[keys.indexOf(key)];
  return part === undefined ? [] : namesIn(part, rest);
}

/** By definition, not assignment: a watched server may name something `__proto__`. */
function setField(target: Fields, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
