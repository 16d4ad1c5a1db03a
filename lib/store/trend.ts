import { type Status, statuses } from "#lib/core/status.ts";
import type { Trend } from "#lib/wire/board.ts";

export const trendPoints = 60;
/** A target decides how many nodes and subjects it has; this decides how many of them are drawn. */
export const maxTrendSeries = 240;

/**
 * The last polls of one service as its panel draws them: 60 points in place, so that a poll adds to them without asking for
 * memory. As fine as a chart of a few hundred pixels can show: whole seconds and three digits.
 */
export class RecentTrend {
  readonly #at = new Uint32Array(trendPoints);
  readonly #status = new Uint8Array(trendPoints);
  /** By `metric|node|subject`; `NaN` is "not measured". */
  readonly #series = new Map<string, Float32Array>();
  #length = 0;

  /** Goes on where a stored trend ended. */
  static from({ at, status, series }: Trend): RecentTrend {
    const trend = new RecentTrend();
    trend.#length = Math.min(at.length, trendPoints);
    const from = at.length - trend.#length;
    for (let i = 0; i < trend.#length; i += 1) {
      trend.#at[i] = secondsOf(at[from + i] as number);
      trend.#status[i] = statuses.indexOf(status[from + i] as Status);
    }
    for (const [key, values] of Object.entries(series)) {
      trend.#series.set(key, notMeasured().fill(Number.NaN));
      trend.#series.get(key)?.set(values.slice(from).map((value) => value ?? Number.NaN));
    }
    return trend;
  }

  /** Adds one point and drops the oldest beyond 60. A series that has no number left goes. Missing is never zero. */
  add(at: number, status: Status, values: ReadonlyMap<string, number | null>): void {
    if (this.#length === trendPoints) this.#shift();
    const last = this.#length;
    this.#length += 1;
    this.#at[last] = secondsOf(at);
    this.#status[last] = statuses.indexOf(status);
    for (const series of this.#series.values()) series[last] = Number.NaN;
    for (const [key, value] of values) this.#put(key, last, value);
    for (const [key, series] of this.#series) {
      const tooMany = this.#series.size > maxTrendSeries;
      if (!values.has(key) && (tooMany || series.every(Number.isNaN))) this.#series.delete(key);
    }
  }

  #shift(): void {
    this.#length -= 1;
    this.#at.copyWithin(0, 1);
    this.#status.copyWithin(0, 1);
    for (const series of this.#series.values()) series.copyWithin(0, 1);
  }

  #put(key: string, last: number, value: number | null): void {
    const known = this.#series.get(key);
    const series = known ?? notMeasured();
    series[last] = value !== null && Number.isFinite(Math.fround(value)) ? value : Number.NaN;
    if (known === undefined) this.#series.set(key, series);
  }

  /** How many of the last polls came surely after that moment: their times are whole seconds, rounded. */
  pollsAfter(at: number): number {
    return this.#at.subarray(0, this.#length).filter((seconds) => seconds * 1_000 - 500 > at).length;
  }

  /** Without its numbers: when it was polled, what it was then, and the names of its series. Of a thousand services it costs little. */
  outline(): Pick<Trend, "at" | "status"> & { readonly series: Readonly<Record<string, null>> } {
    const told = <T>(column: Iterable<number>, tell: (value: number) => T) =>
      [...column].slice(0, this.#length).map(tell);
    return {
      at: told(this.#at, (seconds) => seconds * 1_000),
      status: told(this.#status, statusOf),
      series: Object.fromEntries([...this.#series.keys()].map((key) => [key, null])),
    };
  }

  /** The text that `unpackTrend` reads: base64 of two lengths, the names of the series, times, numbers and statuses. */
  pack(): string {
    const names = Buffer.from(JSON.stringify([...this.#series.keys()]));
    const length = this.#length;
    const bytes = Buffer.alloc(headBytes + names.length + length * (5 + 4 * this.#series.size));
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt32LE(names.length, 4);
    let to = headBytes + names.copy(bytes, headBytes);
    for (const column of [this.#at, ...this.#series.values(), this.#status]) {
      to += Buffer.from(column.buffer, 0, length * column.BYTES_PER_ELEMENT).copy(bytes, to);
    }
    return bytes.toString("base64");
  }
}

export const emptyTrend: Trend = { at: [], status: [], series: {} };

/** A trend as it is stored; before it was packed it was stored as JSON. */
export function unpackTrend(text: string): Trend {
  if (text.startsWith("{")) {
    const { at, status, series } = JSON.parse(text) as Trend;
    return drawnTrend(at, status, Object.entries(series));
  }
  const bytes = Buffer.from(text, "base64");
  const length = bytes.readUInt32LE(0);
  const from = headBytes + bytes.readUInt32LE(4);
  const names = JSON.parse(bytes.toString("utf8", headBytes, from)) as string[];
  // Filled by hand: a board has a quarter of a million of these.
  const column = <T>(at: number, read: (offset: number) => T, size: number) => {
    const values = new Array<T>(length);
    for (let i = 0; i < length; i += 1) values[i] = read(at + i * size);
    return values;
  };
  const number = (offset: number) => drawnNumber(bytes.readFloatLE(offset));
  const seriesAt = from + 4 * length;
  return {
    at: column(from, (offset) => bytes.readUInt32LE(offset) * 1_000, 4),
    status: column(seriesAt + 4 * length * names.length, (offset) => statusOf(bytes[offset] ?? -1), 1),
    series: Object.fromEntries(names.map((name, i) => [name, column(seriesAt + 4 * length * i, number, 4)])),
  };
}

/** What may stand in a series: missing is never zero. */
export type Drawable = readonly (number | null | undefined)[];

/** A trend from whole polls, as finely as one is stored. */
export function drawnTrend(
  at: readonly number[],
  status: Status[],
  series: readonly (readonly [name: string, values: Drawable])[],
): Trend {
  return {
    at: at.map((time) => secondsOf(time) * 1_000),
    status,
    series: Object.fromEntries(series.map(([key, values]) => [key, values.map(drawnNumber)])),
  };
}

const headBytes = 8;

function notMeasured(): Float32Array {
  return new Float32Array(trendPoints).fill(Number.NaN);
}

function statusOf(index: number): Status {
  return statuses[index] ?? "unknown";
}

function secondsOf(at: number): number {
  return Math.round(at / 1_000);
}

/** Three digits of it. By the thousand with each look at the board, so by the number's text only where that is needed to be exact. */
function drawnNumber(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  if (value === 0) return 0;
  const size = Math.abs(value);
  if (size < 1e-9 || size >= 1e9) return Number(value.toPrecision(3));
  const digits = 2 - Math.floor(Math.log10(size));
  const scale = 10 ** Math.abs(digits);
  return digits >= 0 ? Math.round(value * scale) / scale : Math.round(value / scale) * scale;
}
