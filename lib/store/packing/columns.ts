import { type ByteReader, type ByteWriter, createByteWriter } from "#lib/store/packing/bytes.ts";
import { pickNumbers, readForms, takeNumbers, writeNumbers } from "#lib/store/packing/numbers.ts";
import { alike, type Forms, formAt, type Places, partOf } from "#lib/store/packing/places.ts";

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
 * The values of a column of `count` at the places `wanted`; the reader then stands behind the column. Numbers
 * are read no further than the last of them.
 */
export function readColumn(reader: ByteReader, count: number, wanted: Places): Scalar[] {
  const length = reader.varint();
  const end = reader.at + length;
  const values = readBody(reader, count, wanted);
  if (reader.at > end) throw new RangeError("a column is longer than it says");
  reader.moveTo(end);
  return values;
}

/** A column of small numbers that say how the things behind it lie; the reader then stands behind it. */
export function readFormColumn(reader: ByteReader, count: number): Forms {
  const length = reader.varint();
  const end = reader.at + length;
  const form = reader.byte();
  if (form !== forms.number && form !== forms.numbers && form !== forms.empty) {
    throw new RangeError(`a column of numbers does not have the form ${form}`);
  }
  const read = form === forms.number ? readNumber(reader) : form === forms.numbers ? readForms(reader, count) : [];
  reader.moveTo(end);
  return read;
}

export function skipColumn(reader: ByteReader): void {
  reader.skip(reader.varint());
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

function readBody(reader: ByteReader, count: number, wanted: Places): Scalar[] {
  const form = reader.byte();
  switch (form) {
    case forms.empty:
      return [];
    case forms.constant:
      return alike(wanted, readConstant(reader));
    case forms.number:
      return alike<Scalar>(wanted, readNumber(reader));
    case forms.numbers:
      return pickNumbers(reader, count, wanted);
    case forms.gaps:
      return readGaps(reader, count, wanted);
    case forms.templates:
      return readTemplates(reader, count, wanted);
    case forms.choices: {
      const choices = readList(reader).map(unspelled);
      return pickNumbers(reader, count, wanted).map((choice) => choices[choice] as Scalar);
    }
    default:
      throw new RangeError(`no column has the form ${form}`);
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

/** `null`, `true` and `false` are most of them, and a thousand for each board of the past: no text is made for these. */
function readConstant(reader: ByteReader): Scalar {
  const length = reader.varint();
  const word = words.get(reader.peek());
  if (word === undefined) return JSON.parse(reader.text(length)) as Scalar;
  reader.skip(length);
  return word;
}

/** By their first byte: no other JSON begins with it. */
const words: ReadonlyMap<number | undefined, Scalar> = new Map(
  [null, true, false].map((word) => [String(word).charCodeAt(0), word]),
);

function readNumber(reader: ByteReader): number {
  return pickNumbers(reader, 1, [0])[0] as number;
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

function readGaps(reader: ByteReader, count: number, wanted: Places): Scalar[] {
  const length = reader.varint();
  const marks = readForms(reader, count);
  let present = 0;
  const places = typeof marks === "number" ? [] : marks.map((mark) => (mark === 0 ? null : present++));
  if (present !== length || reader.peek() === forms.gaps) throw new RangeError("the gaps of a column are damaged");
  const sought = wanted.flatMap((place) => places[place] ?? []);
  const values = readBody(reader, length, sought).values();
  return wanted.map((place) => ((places[place] ?? null) === null ? null : (values.next().value as Scalar)));
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

function readTemplates(reader: ByteReader, count: number, wanted: Places): string[] {
  const templates = readList(reader) as string[][];
  if (!templates.every((parts) => Array.isArray(parts) && parts.length > 0))
    throw new RangeError("the templates of a column are damaged");
  const which = readForms(reader, count);
  const texts = templates.map((parts, id) => {
    const own = partOf(which, count, (template) => template === id, wanted);
    const columns = parts.slice(1).map(() => takeNumbers(reader, own.count, own.wanted));
    return own.wanted.map((_, i) => parts.reduce((text, words, n) => `${text}${columns[n - 1]?.[i]}${words}`)).values();
  });
  return wanted.map((place) => {
    const text = texts[formAt(which, place) as number]?.next();
    if (text === undefined) throw new RangeError(`a column has no template ${formAt(which, place)}`);
    return text.value as string;
  });
}

function readList(reader: ByteReader): unknown[] {
  const list = JSON.parse(reader.text()) as unknown;
  if (!Array.isArray(list)) throw new RangeError("a column's list is damaged");
  return list;
}

function writeChoices(writer: ByteWriter, values: readonly Scalar[]): void {
  const ids = new Map<Scalar | typeof negativeZero, number>();
  // To a map `-0` and `0` are one.
  const keyOf = (value: Scalar) => (Object.is(value, -0) ? negativeZero : value);
  const choices = values.filter((value) => {
    const isNew = !ids.has(keyOf(value));
    if (isNew) ids.set(keyOf(value), ids.size);
    return isNew;
  });
  writer.byte(forms.choices);
  writer.text(JSON.stringify(choices.map(spelled)));
  writeNumbers(
    writer,
    values.map((value) => ids.get(keyOf(value)) as number),
  );
}

const negativeZero = Symbol("-0");

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
