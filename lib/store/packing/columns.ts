import { ByteReader, type ByteWriter, createByteWriter } from "#lib/store/packing/bytes.ts";
import { readNumber, readNumbers, writeNumbers } from "#lib/store/packing/numbers.ts";

/** What stands at the leaves of JSON. */
export type Scalar = string | number | boolean | null;

/** Writes one column, with its length in front so that a reader may step over it. */
export function writeColumn(writer: ByteWriter, values: readonly Scalar[]): void {
  const own = createByteWriter();
  writeBody(own, values);
  const body = own.done();
  writer.varint(body.length);
  writer.bytes(body);
}

/**
 * A column of `count` values to read from. They are unpacked when first asked for, no further than that where their form allows,
 * and one that is the same all along never is. Whoever wants a single document, as the board of a past moment does of each service, asks
 * every column once: for that one it is read no further than it must be.
 */
export class Column {
  /** Whether all values are the same: then `at(0)` is each of them. */
  readonly isConstant: boolean;
  readonly #body: Uint8Array;
  readonly #count: number;
  /** The longest start of it that was asked for. */
  #read: readonly Scalar[] | undefined;
  #constant: Scalar | undefined;
  #asked = false;

  /** Steps over it. */
  constructor(reader: ByteReader, count: number) {
    this.#body = reader.bytes(reader.varint());
    this.#count = count;
    this.isConstant = this.#body[0] === forms.constant || this.#body[0] === forms.number;
  }

  all(): readonly Scalar[] {
    return this.before(this.#count);
  }

  /** Those before `end`. */
  before(end: number): readonly Scalar[] {
    const wanted = Math.min(end, this.#count);
    if (this.#read === undefined || this.#read.length < wanted) {
      this.#read = readFirst(new ByteReader(this.#body), this.#count, wanted);
    }
    return this.#read.length === wanted ? this.#read : this.#read.slice(0, wanted);
  }

  at(index: number): Scalar {
    if (this.isConstant) {
      this.#constant ??= readBody(new ByteReader(this.#body), 1)[0] as Scalar;
      return this.#constant;
    }
    if (this.#read !== undefined && index < this.#read.length) return this.#read[index] as Scalar;
    if (this.#asked) return this.all()[index] as Scalar;
    this.#asked = true;
    return readOne(new ByteReader(this.#body), this.#count, index);
  }
}

/** Far more values than any pack has. Without it, three damaged bytes would ask for all the memory there is. */
const mostValues = 4_000_000;

/** A count that was read, or a `RangeError` when it is none. */
export function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= mostValues) return count;
  throw new RangeError(`a pack does not hold ${count} values`);
}

const forms = { empty: 0, constant: 1, numbers: 2, gaps: 3, templates: 4, choices: 5, number: 7 } as const;
const fewTemplates = 16;

function writeBody(writer: ByteWriter, values: readonly Scalar[]): void {
  const first = values[0];
  if (first === undefined) {
    writer.byte(forms.empty);
  } else if (values.every((value) => Object.is(value, first))) {
    writeConstant(writer, first);
  } else if (isNumbers(values)) {
    writer.byte(forms.numbers);
    writeNumbers(writer, values);
  } else if (values.some((value) => value === null)) {
    writeGaps(writer, values);
  } else if (!isTexts(values) || !writeTemplates(writer, values)) {
    writeChoices(writer, values);
  }
}

function readBody(reader: ByteReader, count: number, form = reader.byte()): readonly Scalar[] {
  switch (form) {
    case forms.empty:
      return [];
    case forms.constant:
      return new Array<Scalar>(count).fill(JSON.parse(reader.text()) as Scalar);
    case forms.number:
      return new Array<Scalar>(count).fill(readNumbers(reader, 1)[0] as number);
    case forms.numbers:
      return readNumbers(reader, count);
    case forms.gaps:
      return readGaps(reader, count);
    case forms.templates: {
      const textAt = readTemplates(reader, count);
      return Array.from({ length: count }, (_, index) => textAt(index));
    }
    case forms.choices: {
      const choices = readList(reader).map(unspelled);
      return readNumbers(reader, count).map((choice) => choices[choice] as Scalar);
    }
    default:
      throw new RangeError(`no column has the form ${form}`);
  }
}

/** The first `wanted` values of a body; of the usual forms no more than these is read. */
function readFirst(reader: ByteReader, count: number, wanted: number): readonly Scalar[] {
  const form = reader.byte();
  switch (form) {
    case forms.constant:
    case forms.number:
      return readBody(reader, wanted, form);
    case forms.numbers:
      return readNumbers(reader, count, wanted);
    case forms.choices: {
      const choices = readList(reader).map(unspelled);
      return readNumbers(reader, count, wanted).map((choice) => choices[choice] as Scalar);
    }
    default:
      return readBody(reader, count, form).slice(0, wanted);
  }
}

/** One value of a body that is no constant. */
function readOne(reader: ByteReader, count: number, index: number): Scalar {
  const form = reader.byte();
  switch (form) {
    case forms.numbers:
      return readNumber(reader, count, index) as Scalar;
    case forms.templates:
      return readTemplates(reader, count)(index);
    case forms.choices:
      return unspelled(readList(reader)[readNumber(reader, count, index) as number]);
    default:
      return readBody(reader, count, form)[index] as Scalar;
  }
}

function writeConstant(writer: ByteWriter, value: Scalar): void {
  if (typeof value === "number") {
    writer.byte(forms.number);
    writeNumbers(writer, [value]);
  } else {
    writer.byte(forms.constant);
    writer.text(JSON.stringify(value));
  }
}

/** Where values are missing, then the others as a column of their own. */
function writeGaps(writer: ByteWriter, values: readonly Scalar[]): void {
  writer.byte(forms.gaps);
  const present = values.filter((value) => value !== null);
  writer.varint(present.length);
  writeNumbers(
    writer,
    values.map((value) => (value === null ? 0 : 1)),
  );
  writeBody(writer, present);
}

function readGaps(reader: ByteReader, count: number): Scalar[] {
  const length = checkedCount(reader.varint());
  const marks = readNumbers(reader, count);
  const present = readBody(reader, length);
  let next = 0;
  return marks.map((mark) => (mark === 0 ? null : (present[next++] as Scalar)));
}

/** Texts that differ in their numbers only, `200 in 12 ms`: the words once, the numbers as columns. */
function writeTemplates(writer: ByteWriter, values: readonly string[]): boolean {
  const templates = new Map<string, { readonly parts: string[]; readonly numbers: number[][] }>();
  const which: number[] = [];
  const ids = new Map<string, number>();
  for (const value of values) {
    const parts = value.split(digits);
    const words = parts.filter((_, i) => i % 2 === 0);
    const key = JSON.stringify(words);
    const template = templates.get(key) ?? { parts: words, numbers: words.slice(1).map(() => []) };
    if (!templates.has(key)) {
      ids.set(key, templates.size);
      templates.set(key, template);
      if (templates.size > fewTemplates) return false;
    }
    which.push(ids.get(key) as number);
    for (let i = 1; i < parts.length; i += 2) template.numbers[(i - 1) / 2]?.push(Number(parts[i]));
  }
  writer.byte(forms.templates);
  writer.text(JSON.stringify([...templates.values()].map((template) => template.parts)));
  writeNumbers(writer, which);
  for (const { numbers } of templates.values()) for (const column of numbers) writeNumbers(writer, column);
  return true;
}

/** Digits that come back the same from a number: neither a leading zero nor more of them than a double holds. */
const digits = /(?<!\d)(0|[1-9]\d{0,14})(?!\d)/;

function readTemplates(reader: ByteReader, count: number): (index: number) => string {
  const templates = readList(reader) as string[][];
  if (!templates.every(Array.isArray)) throw new RangeError("the templates of a column are damaged");
  const which = readNumbers(reader, count);
  const counts = templates.map(() => 0);
  const places = which.map((id) => {
    const at = counts[id];
    if (at === undefined) throw new RangeError(`a column has no template ${id}`);
    counts[id] = at + 1;
    return at;
  });
  const columns = templates.map((parts, id) => parts.slice(1).map(() => readNumbers(reader, counts[id] ?? 0)));
  return (index) => {
    const id = which[index] as number;
    const [head = "", ...rest] = templates[id] as string[];
    return rest.reduce((text, words, i) => `${text}${columns[id]?.[i]?.[places[index] as number]}${words}`, head);
  };
}

function readList(reader: ByteReader): unknown[] {
  const list = JSON.parse(reader.text()) as unknown;
  if (!Array.isArray(list)) throw new RangeError("a column's list is damaged");
  return list;
}

function writeChoices(writer: ByteWriter, values: readonly Scalar[]): void {
  const ids = new Map<Scalar, number>();
  for (const value of values) if (!ids.has(value)) ids.set(value, ids.size);
  writer.byte(forms.choices);
  writer.text(JSON.stringify([...ids.keys()].map(spelled)));
  writeNumbers(
    writer,
    values.map((value) => ids.get(value) as number),
  );
}

/** JSON knows no `NaN`, no infinities and no `-0`: these go as a list of their name. */
function spelled(value: Scalar): unknown {
  const isOdd = typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
  return isOdd ? [Object.is(value, -0) ? "-0" : String(value)] : value;
}

function unspelled(value: unknown): Scalar {
  return Array.isArray(value) ? Number(value[0]) : (value as Scalar);
}

function isNumbers(values: readonly Scalar[]): values is readonly number[] {
  return values.every((value) => typeof value === "number");
}

function isTexts(values: readonly Scalar[]): values is readonly string[] {
  return values.every((value) => typeof value === "string");
}
