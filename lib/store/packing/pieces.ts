import { constants, crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader, createByteWriter } from "#lib/store/packing/bytes.ts";

/**
 * Compresses `body` so that it can be uncompressed in one go with others: setting up zlib costs more than a body of a
 * kilobyte does, and a board of the past reads a thousand. A piece is a mark, its length, its checksum, and a deflate stream
 * that is not ended but flushed to a whole byte, without the four bytes with which every flush ends (RFC 7692, 7.2.1).
 */
export function deflatePiece(body: Uint8Array): Uint8Array {
  const stream = deflateRawSync(body, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  const writer = createByteWriter();
  writer.byte(marks.checked);
  writer.varint(body.length);
  writer.varint(crc32(body));
  writer.bytes(stream.subarray(0, stream.length - flushed.length));
  return writer.done();
}

/**
 * Uncompresses pieces, some at a time, in their order; `undefined` for one that is damaged. A stream that was ended, as
 * bodies were stored before there were pieces, is taken for itself; the first pieces had no checksum.
 */
export function* inflatePieces(pieces: Iterable<Uint8Array>): Generator<Uint8Array | undefined> {
  let group: Piece[] = [];
  let length = 0;
  for (const stored of pieces) {
    const piece = unlessDamaged(() => pieceOf(stored));
    if (piece === undefined || length + piece.length > groupBytes) {
      yield* inflateGroup(group, length);
      [group, length] = [[], 0];
    }
    if (piece === undefined) {
      yield isPiece(stored) ? undefined : unlessDamaged(() => inflateEnded(stored));
      continue;
    }
    group.push(piece);
    length += piece.length;
  }
  yield* inflateGroup(group, length);
}

interface Piece {
  readonly stream: Uint8Array;
  /** Of what it holds: a byte that came back as another may still uncompress. */
  readonly checksum: number | undefined;
  /** Of what it holds. */
  readonly length: number;
}

/** The first bits of a deflate block are never these: its type 11 is reserved (RFC 1951, 3.2.3). */
const marks = { unchecked: 0b110, checked: 0b111 } as const;
const flushed = Buffer.from([0, 0, 0xff, 0xff]);
/** An empty block that says it is the last. */
const end = Buffer.from([3, 0]);
/** No body and no plan comes near; a damaged or forged one ends here. */
export const mostBytes = 64 * 1_048_576;
/** Enough that setting up is shared by many, and little to hold while they are read. */
const groupBytes = 64 * 1_024;

function isPiece(stored: Uint8Array): boolean {
  return stored[0] === marks.unchecked || stored[0] === marks.checked;
}

function pieceOf(stored: Uint8Array): Piece | undefined {
  if (!isPiece(stored)) return undefined;
  const reader = new ByteReader(stored, 1);
  const length = reader.varint();
  if (length > mostBytes) throw new RangeError(`a piece does not hold ${length} bytes`);
  const checksum = stored[0] === marks.checked ? reader.varint() : undefined;
  return { stream: stored.subarray(reader.at), checksum, length };
}

function inflateEnded(stream: Uint8Array): Uint8Array {
  return inflateRawSync(stream, { chunkSize: 4_096, maxOutputLength: mostBytes });
}

/** Where one is damaged, those behind it come out wrong as well: then each is taken for itself. */
function* inflateGroup(group: readonly Piece[], length: number): Generator<Uint8Array | undefined> {
  if (group.length === 0) return;
  const bodies = unlessDamaged(() => inflateTogether(group, length));
  if (bodies !== undefined) yield* bodies;
  else if (group.length === 1) yield undefined;
  else for (const piece of group) yield* inflateGroup([piece], piece.length);
}

function inflateTogether(group: readonly Piece[], length: number): Uint8Array[] {
  const streams = [...group.flatMap(({ stream }) => [stream, flushed]), end];
  const limits = { chunkSize: Math.max(64, length + 1), maxOutputLength: Math.max(1, length) };
  const bodies = inflateRawSync(Buffer.concat(streams), limits);
  if (bodies.length !== length) throw new RangeError("a piece holds less than it says");
  let at = 0;
  return group.map((piece) => {
    const body = bodies.subarray(at, at + piece.length);
    at += piece.length;
    if (piece.checksum !== undefined && piece.checksum !== crc32(body)) {
      throw new RangeError("a piece is not what was stored");
    }
    return body;
  });
}

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
