import type { ByteReader, ByteWriter } from "#lib/store/packing/bytes.ts";
import { alike, allOf, type Forms, type Places } from "#lib/store/packing/places.ts";

/**
 * A row of doubles without loss, bit for bit, `-0` and `NaN` included. Numbers with at most six decimals, which is what
 * counters, times and percentages are, go as whole numbers: one where all are the same, else themselves, their differences,
 * or the differences of those, whichever is shortest. Others go as the bits in which they differ from the one before, byte
 * by byte, so that the compression that follows finds the bytes that are alike.
 */
export function writeNumbers(writer: ByteWriter, values: readonly number[]): void {
  const scaled = scaledOf(values);
  if (scaled === null) {
    writer.byte(floats);
    writeFloats(writer, values);
    return;
  }
  const [first = 0] = scaled.whole;
  if (scaled.whole.length > 1 && scaled.whole.every((value) => value === first)) {
    writer.byte(steady + scaled.decimals);
    writer.varint(zigzag(first));
    return;
  }
  let order = 0;
  let best = scaled.whole;
  let bestSize = sizeOf(best);
  let next = best;
  for (const candidate of [1, 2]) {
    next = differences(next);
    const size = sizeOf(next);
    if (size >= bestSize) continue;
    [order, best, bestSize] = [candidate, next, size];
  }
  writer.byte(order * 16 + scaled.decimals);
  for (const value of best) writer.varint(zigzag(value));
}

/** All `count` of them. */
export function readNumbers(reader: ByteReader, count: number): number[] {
  return pickNumbers(reader, count, allOf(count));
}

/** All `count` of them, or the one that all are. */
export function readForms(reader: ByteReader, count: number): Forms {
  return isSteady(reader.peek()) ? (pickNumbers(reader, 1, [0])[0] as number) : readNumbers(reader, count);
}

/** Those of `count` at the places `wanted`; what lies behind the last of them is not read, nor is the reader moved there. */
export function pickNumbers(reader: ByteReader, count: number, wanted: Places): number[] {
  const form = reader.byte();
  if (form === floats) {
    const all = readFloats(reader, count);
    return wanted.map((place) => all[place] as number);
  }
  const order = form >> 4;
  const scale = scales[form & 15];
  if (scale === undefined || order > 3) throw new RangeError(`no numbers have the form ${form}`);
  if (isSteady(form)) return alike(wanted, unzigzag(reader.varint()) / scale);
  // Each takes a byte at least, so that damage cannot ask for more memory than there are bytes.
  if (count > reader.left) throw new RangeError("packed bytes end too early");
  const values = new Array<number>(wanted.length);
  const { source } = reader;
  let { at } = reader;
  let sum = 0;
  let sumOfSums = 0;
  let next = 0;
  for (let i = 0; i < count && next < values.length; i += 1) {
    // A varint, spelled out: a board of the past reads a quarter of a million.
    let byte = source[at++] as number;
    let raw = byte;
    for (let factor = 0x80; byte >= 0x80 && factor <= largestFactor; factor *= 0x80) {
      byte = source[at++] as number;
      raw += (byte - 1) * factor;
    }
    const value = unzigzag(raw);
    sum += value;
    sumOfSums += sum;
    if (i === wanted[next]) values[next++] = (order === 0 ? value : order === 1 ? sum : sumOfSums) / scale;
  }
  reader.moveTo(at);
  if (next < values.length) throw new RangeError(`no ${count} numbers have the places that are asked for`);
  return values;
}

/** The same, and the reader then stands behind all `count`. */
export function takeNumbers(reader: ByteReader, count: number, wanted: Places): number[] {
  const form = reader.peek();
  const values = pickNumbers(reader, count, wanted);
  if (form === floats || isSteady(form)) return values;
  for (let read = (wanted.at(-1) ?? -1) + 1; read < count; read += 1) reader.skipVarint();
  return values;
}

const floats = 255;
/** Of the last byte of a varint of 2^53. */
const largestFactor = 2 ** 49;
/** One number stands for all of them. */
const steady = 3 * 16;

function isSteady(form: number | undefined): boolean {
  return form !== undefined && form >> 4 === steady >> 4;
}

const scales = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/** Differences of differences, with their sign folded in, must stay whole below 2^53. */
const largestWhole = 2 ** 50;

function scaledOf(values: readonly number[]): { readonly decimals: number; readonly whole: number[] } | null {
  let decimals = 0;
  for (const value of values) {
    while (!isWholeAt(value, scales[decimals] as number)) {
      decimals += 1;
      if (decimals === scales.length) return null;
    }
  }
  const scale = scales[decimals] as number;
  // More decimals may not suit what fewer did: 2^49 at six decimals is too large.
  if (decimals > 0 && !values.every((value) => isWholeAt(value, scale))) return null;
  return { decimals, whole: values.map((value) => Math.round(value * scale)) };
}

function isWholeAt(value: number, scale: number): boolean {
  const whole = Math.round(value * scale);
  return Math.abs(whole) <= largestWhole && !Object.is(whole, -0) && whole / scale === value;
}

function differences(values: readonly number[]): number[] {
  return values.map((value, i) => (i === 0 ? value : value - (values[i - 1] as number)));
}

function sizeOf(values: readonly number[]): number {
  let size = 0;
  for (const value of values) {
    let rest = zigzag(value);
    size += 1;
    while (rest >= 0x80) {
      rest = Math.floor(rest / 0x80);
      size += 1;
    }
  }
  return size;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  if (value < 0x80000000) return (value >>> 1) ^ -(value & 1);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function writeFloats(writer: ByteWriter, values: readonly number[]): void {
  const bits = new BigUint64Array(new Float64Array(values).buffer);
  const xored = bits.map((value, i) => (i === 0 ? value : value ^ (bits[i - 1] as bigint)));
  const bytes = new Uint8Array(xored.buffer);
  for (let plane = 7; plane >= 0; plane -= 1) {
    for (let i = 0; i < values.length; i += 1) writer.byte(bytes[i * 8 + plane] as number);
  }
}

function readFloats(reader: ByteReader, count: number): number[] {
  if (count * 8 > reader.left) throw new RangeError("packed bytes end too early");
  const bytes = new Uint8Array(count * 8);
  for (let plane = 7; plane >= 0; plane -= 1) {
    for (let i = 0; i < count; i += 1) bytes[i * 8 + plane] = reader.byte();
  }
  const bits = new BigUint64Array(bytes.buffer);
  for (let i = 1; i < count; i += 1) bits[i] = (bits[i] as bigint) ^ (bits[i - 1] as bigint);
  return [...new Float64Array(bits.buffer)];
}
