import { ByteReader } from "#lib/store/packing/bytes.ts";
import { checkedCount, readColumn, readFormColumn, skipColumn } from "#lib/store/packing/columns.ts";
import { alike, allOf, type Forms, formAt, type Places, partOf } from "#lib/store/packing/places.ts";
import { checkedPlan, namesIn, type Plan, type PlanOf, presentOf } from "#lib/store/packing/plan.ts";

/**
 * A pack opened for reading. Nothing is unpacked before it is asked for, and of what is asked for no column further than it
 * must be: a board of the past wants one document of each of a thousand packs.
 */
export class Pack {
  readonly length: number;
  readonly #plan: Plan;
  /** One for all that is asked for: each begins where the documents do. */
  readonly #reader: PackReader;
  /** Where the documents begin. */
  readonly #from: number;
  readonly #starts: Starts = new Map();

  /** `plan` is `JSON.parse` of a pack's plan: it is shared by many packs, so parsing it is left to the caller. */
  constructor(plan: unknown, body: Uint8Array) {
    this.#reader = new PackReader(body);
    this.length = this.#reader.varint();
    if (this.length > mostDocuments) throw new RangeError(`a pack does not hold ${this.length} documents`);
    this.#plan = checkedPlan(plan);
    this.#from = this.#reader.at;
  }

  /** All of them, or those at these places. */
  documents(places: Places = allOf(this.length)): unknown[] {
    return readNode(this.#readerFor(places), this.#plan, this.length, places);
  }

  /** The same, as many at a time as an answer may hold: a poll of thousands of servers is large. */
  *each(places: Places = allOf(this.length)): Generator<unknown> {
    const [first, ...others] = places;
    if (first === undefined) return;
    yield* this.documents([first]);
    // The others are about as large.
    const size = this.#reader.timesMore(1 / 4);
    for (let from = 0; from < others.length; from += size) yield* this.documents(others.slice(from, from + size));
  }

  /**
   * The same field of all documents, or of those at these places, without the rest of them:
   * `["metrics", "total_ms|web-01|"]`. Missing is `undefined`.
   */
  field(path: readonly string[], places: Places = allOf(this.length)): unknown[] {
    return readField(this.#readerFor(places), this.#plan, this.length, places, { path, starts: this.#starts }, 0);
  }

  /** Names of the fields at a path. */
  names(path: readonly string[]): readonly string[] {
    return [...new Set(namesIn(this.#plan, path))];
  }

  #readerFor(places: Places): PackReader {
    const [first = 0, last = 0] = [places[0], places.at(-1)];
    if (places.length > 0 && (first < 0 || last >= this.length)) {
      throw new RangeError(`a pack of ${this.length} has no documents ${first} to ${last}`);
    }
    this.#reader.begin(this.#from);
    return this.#reader;
  }
}

/**
 * Reads one answer after the other. What stands still takes no room in a body, so damaged bytes could ask for any number of
 * values: an answer has a bound, which one poll of twenty thousand servers of HAProxy is within.
 */
class PackReader extends ByteReader {
  #budget = mostInAnswer;

  begin(at: number): void {
    this.moveTo(at);
    this.#budget = mostInAnswer;
  }

  spend(values: number): void {
    this.#budget -= values;
    if (this.#budget < 0) throw new RangeError("an answer of a pack would be too large");
  }

  /** How many times what was spent goes into this share of the bound, at least one. */
  timesMore(share: number): number {
    return Math.max(1, Math.floor((mostInAnswer * share) / Math.max(1, mostInAnswer - this.#budget)));
  }
}

/** In values; an object or a list weighs as much as so many. */
const mostInAnswer = 8_000_000;
const weight = 32;
/** A block has 720 at most: the hours of a month. */
const mostDocuments = 10_000;

type Fields = Record<string, unknown>;

/** Where in the body the parts of a plan begin, as far as they were stepped over. */
type Starts = Map<Plan, number[]>;

/** The documents at the places `wanted` of `count`; the reader then stands behind them all. */
function readNode(reader: PackReader, plan: Plan, count: number, wanted: Places): unknown[] {
  if (wanted.length === 0) {
    skipNode(reader, plan);
    return [];
  }
  reader.spend(wanted.length * (plan[0] === "scalar" || plan[0] === "text" ? 1 : weight));
  switch (plan[0]) {
    case "text":
      return alike(wanted, plan[1]);
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

function readObjects(reader: PackReader, [, keys, parts]: PlanOf<"object">, count: number, wanted: Places): Fields[] {
  const values = wanted.map((): Fields => ({}));
  for (let i = 0; i < keys.length; i += 1) {
    const field = readNode(reader, parts[i] as Plan, count, wanted);
    for (let j = 0; j < values.length; j += 1) setField(values[j] as Fields, keys[i] as string, field[j]);
  }
  return values;
}

function readKeys(reader: PackReader, plan: PlanOf<"keys">, count: number, wanted: Places): Fields[] {
  const [, lists, all, parts] = plan;
  const which = readFormColumn(reader, count);
  const holders = holdersOf(plan);
  const fields = new Map(
    all.map((key, i) => {
      const own = partOf(which, count, (list) => holders.get(key)?.[list] === 1, wanted);
      return [key, readNode(reader, parts[i] as Plan, own.count, own.wanted).values()];
    }),
  );
  return wanted.map((place) => {
    const value: Fields = {};
    for (const key of lists[formAt(which, place) as number] ?? []) setField(value, key, fields.get(key)?.next().value);
    return value;
  });
}

/** By key, which lists have it: found once for a plan, for there may be thousands of keys. */
function holdersOf(plan: PlanOf<"keys">): ReadonlyMap<string, Uint8Array> {
  const known = keyHolders.get(plan);
  if (known !== undefined) return known;
  const [, lists, all] = plan;
  const holders = new Map(all.map((key) => [key, new Uint8Array(lists.length)]));
  for (const [at, list] of lists.entries()) for (const key of list) holders.get(key)?.fill(1, at, at + 1);
  keyHolders.set(plan, holders);
  return holders;
}

const keyHolders = new WeakMap<Plan, ReadonlyMap<string, Uint8Array>>();

function readRecords(reader: PackReader, [, lists, part]: PlanOf<"record">, count: number, wanted: Places): Fields[] {
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
function readItems(reader: PackReader, part: Plan, lengths: Forms, count: number, wanted: Places): unknown[][] {
  if (typeof lengths === "number") return readEvenItems(reader, part, lengths, count, wanted);
  const total = checkedCount(lengths.reduce((sum, length) => sum + checkedCount(length), 0));
  const places: number[] = [];
  const owners: number[] = [];
  let longer = allOf(count);
  for (let place = 0, next = 0; longer.length > 0; place += 1) {
    longer = longer.filter((index) => (lengths[index] as number) > place);
    let sought = 0;
    for (const index of longer) {
      while ((wanted[sought] as number) < index) sought += 1;
      if (wanted[sought] === index) {
        places.push(next);
        owners.push(sought);
      }
      next += 1;
    }
  }
  const lists = wanted.map((): unknown[] => []);
  for (const [i, item] of readNode(reader, part, total, places).entries()) lists[owners[i] as number]?.push(item);
  return lists;
}

function readEvenItems(reader: PackReader, part: Plan, each: number, count: number, wanted: Places): unknown[][] {
  const total = checkedCount(checkedCount(each) * count);
  const places: number[] = [];
  for (let place = 0; place < each; place += 1) for (const index of wanted) places.push(place * count + index);
  const items = readNode(reader, part, total, places);
  if (wanted.length === 1) return [items];
  return wanted.map((_, i) => Array.from({ length: each }, (_, place) => items[place * wanted.length + i]));
}

function readMixed(reader: PackReader, [, kinds, parts]: PlanOf<"mixed">, count: number, wanted: Places): unknown[] {
  const which = readFormColumn(reader, count);
  const values = kinds.map((kind, i) => {
    if (kind === "missing") return undefined;
    const own = partOf(which, count, (other) => other === i, wanted);
    return readNode(reader, parts[i] as Plan, own.count, own.wanted).values();
  });
  return wanted.map((place) => values[formAt(which, place) as number]?.next().value);
}

/** The field at `depth` of a path, and what is below it; where the reader then stands is not told. */
function readField(
  reader: PackReader,
  plan: Plan,
  count: number,
  wanted: Places,
  sought: Sought,
  depth: number,
): unknown[] {
  const key = sought.path[depth];
  if (key === undefined) return readNode(reader, plan, count, wanted);
  switch (plan[0]) {
    case "object": {
      const at = plan[1].indexOf(key);
      if (at === -1) break;
      moveToPart(reader, plan, plan[2], at, sought.starts);
      return readField(reader, plan[2][at] as Plan, count, wanted, sought, depth + 1);
    }
    case "keys": {
      const holders = holdersOf(plan).get(key);
      if (holders === undefined) break;
      const at = plan[2].indexOf(key);
      const which = readFormColumn(reader, count);
      moveToPart(reader, plan, plan[3], at, sought.starts);
      const some = { which, has: (list: number) => holders[list] === 1, part: plan[3][at] as Plan };
      return readFieldOfSome(reader, some, count, wanted, sought, depth + 1);
    }
    case "mixed": {
      const at = plan[1].indexOf("object");
      if (at === -1) break;
      const which = readFormColumn(reader, count);
      for (let i = 0; i < at; i += 1) if (plan[1][i] !== "missing") skipNode(reader, plan[2][i] as Plan);
      const some = { which, has: (kind: number) => kind === at, part: plan[2][at] as Plan };
      return readFieldOfSome(reader, some, count, wanted, sought, depth);
    }
  }
  return alike(wanted, undefined);
}

/** Things of which only those of some forms have what is sought, in a part of their own. */
interface Some {
  readonly which: Forms;
  readonly has: (form: number) => boolean;
  readonly part: Plan;
}

function readFieldOfSome(
  reader: PackReader,
  { which, has, part }: Some,
  count: number,
  wanted: Places,
  sought: Sought,
  depth: number,
): unknown[] {
  const own = partOf(which, count, has, wanted);
  const values = readField(reader, part, own.count, own.wanted, sought, depth).values();
  return wanted.map((place) => (has(formAt(which, place) as number) ? values.next().value : undefined));
}

interface Sought {
  readonly path: readonly string[];
  readonly starts: Starts;
}

function moveToPart(reader: PackReader, plan: Plan, parts: readonly Plan[], at: number, starts: Starts): void {
  const known = starts.get(plan) ?? [reader.at];
  starts.set(plan, known);
  while (known.length <= at) {
    reader.moveTo(known.at(-1) as number);
    skipNode(reader, parts[known.length - 1] as Plan);
    known.push(reader.at);
  }
  reader.moveTo(known[at] as number);
}

function skipNode(reader: PackReader, plan: Plan): void {
  const form = plan[0];
  if (form === "text" || form === "none") return;
  if (form !== "object") skipColumn(reader);
  if (form === "object") for (const part of plan[2]) skipNode(reader, part);
  else if (form === "keys") for (const part of plan[3]) skipNode(reader, part);
  else if (form === "record") skipNode(reader, plan[2]);
  else if (form === "array") skipNode(reader, plan[1]);
  else if (form === "mixed") for (const part of presentOf(plan)) skipNode(reader, part);
}

/** By definition, not assignment: a watched server may name something `__proto__`. */
function setField(target: Fields, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
