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
 * wrote. A class, because a board of the past makes ten thousand: as closures each would weigh half a kilobyte.
 */
export class ByteReader {
  readonly #source: Uint8Array;
  #at = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  /** Bytes that are still to be read. */
  get left(): number {
    return this.#source.length - this.#at;
  }

  byte(): number {
    const value = this.#source[this.#at++];
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

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const from = this.#at;
    if (from + length > this.#source.length) throw new RangeError("packed bytes end too early");
    this.#at += length;
    return this.#source.subarray(from, this.#at);
  }

  text(): string {
    return Buffer.from(this.bytes(this.varint())).toString("utf8");
  }
}
