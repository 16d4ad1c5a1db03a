/** Grows as it is written to. Numbers are little-endian; whole numbers go as LEB128 varints, up to 2^53. */
export interface ByteWriter {
  readonly byte: (value: number) => void;
  readonly varint: (value: number) => void;
  readonly bytes: (value: Uint8Array) => void;
  readonly text: (value: string) => void;
  readonly done: () => Uint8Array;
}

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(256);
  let length = 0;
  const room = (wanted: number) => {
    if (length + wanted <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + wanted));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  const varint = (value: number) => {
    room(8);
    let rest = value;
    // Beyond 31 bits the shift operators would cut the number off.
    while (rest >= 0x80) {
      buffer[length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[length++] = rest;
  };
  const bytes = (value: Uint8Array) => {
    room(value.length);
    buffer.set(value, length);
    length += value.length;
  };
  return {
    varint,
    bytes,
    byte: (value) => {
      room(1);
      buffer[length++] = value;
    },
    text: (value) => {
      const encoded = Buffer.from(value);
      varint(encoded.length);
      bytes(encoded);
    },
    done: () => buffer.subarray(0, length),
  };
}

/**
 * Reads what a writer wrote, in the same order. Throws a `RangeError` where the bytes end too early: they are not what a writer
 * wrote.
 */
export class ByteReader {
  /** For who reads thousands of bytes at once, and then says by `moveTo` how far. */
  readonly source: Buffer;
  /** Where it stands. */
  #at: number;

  constructor(source: Uint8Array, at = 0) {
    this.source = Buffer.isBuffer(source) ? source : Buffer.from(source.buffer, source.byteOffset, source.length);
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Bytes that are still to be read. */
  get left(): number {
    return this.source.length - this.#at;
  }

  byte(): number {
    const value = this.source[this.#at++];
    if (value === undefined) throw new RangeError("packed bytes end too early");
    return value;
  }

  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value -= 0x80;
    for (let factor = 0x80; ; factor *= 0x80) {
      const next = this.byte();
      if (next < 0x80) return value + next * factor;
      value += (next - 0x80) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("a packed number is too large");
    }
  }

  /** The next byte, which is still to be read; `undefined` at the end. */
  peek(): number | undefined {
    return this.source[this.#at];
  }

  text(length = this.varint()): string {
    const from = this.#at;
    this.skip(length);
    return this.source.toString("utf8", from, this.#at);
  }

  /** Steps over so many bytes. */
  skip(length: number): void {
    if (length > this.left) throw new RangeError("packed bytes end too early");
    this.#at += length;
  }

  skipVarint(): void {
    while (this.byte() >= 0x80);
  }

  /** Goes on at a place that it stood at, or that a length told. */
  moveTo(at: number): void {
    if (at > this.source.length) throw new RangeError("packed bytes end too early");
    this.#at = at;
  }
}
