import zlib from "node:zlib";
import { type Failure, failure } from "#lib/core/failure.ts";
import { formatBytes } from "#lib/core/unit.ts";

/** Takes an answer's body in pieces and ends with the decoded whole, or with why it was given up. */
export interface Body {
  /** Bytes that came over the wire. */
  readonly receivedBytes: number;
  write(chunk: Buffer): void;
  end(): void;
  /** Nothing more is wanted; frees the decoders. */
  stop(): void;
}

export interface BodyOutcome {
  /** `bytes` are those of the whole, also where less of it was kept. */
  readonly whole: (body: Buffer, bytes: number) => void;
  readonly failed: (error: Failure) => void;
}

const nothing = Buffer.alloc(0);
/** More codings on top of each other than anyone uses in earnest. */
const maxCodings = 3;

export interface BodyBounds {
  readonly maxBytes: number;
  readonly keepBytes: number;
}

/**
 * Collects a body and undoes its Content-Encoding. The bound counts decoded bytes and is checked piece by piece, so that
 * a small answer that unpacks to gigabytes (`bad-encoding`) and an endless one (`too-large`) end as soon as they pass it.
 */
export function receiveBody(
  encoding: string | undefined,
  { maxBytes, keepBytes }: BodyBounds,
  place: string,
  outcome: BodyOutcome,
): Body {
  const kept: Buffer[] = [];
  let decodedBytes = 0;
  let receivedBytes = 0;
  let over = false;
  const fail = (error: Failure) => {
    if (over) return;
    over = true;
    first.stop();
    outcome.failed(error);
  };
  const codings = codingsOf(encoding);
  const keep: Stage = {
    write(chunk) {
      const room = keepBytes - decodedBytes;
      decodedBytes += chunk.length;
      if (decodedBytes <= maxBytes) {
        if (room >= chunk.length) kept.push(chunk);
        else if (room > 0) kept.push(Buffer.from(chunk.subarray(0, room)));
      } else if (codings.length > 0) fail(unpacksTooFar(place, maxBytes));
      else fail(tooLarge(place, maxBytes));
    },
    end() {
      over = true;
      const [first = nothing] = kept;
      outcome.whole(kept.length > 1 ? Buffer.concat(kept) : first, decodedBytes);
    },
    stop() {},
  };
  // The coding named last was applied last, so it is undone first.
  const first = codings.reduce<Stage>((next, coding) => decodingStage(coding, place, next, fail), keep);
  return {
    get receivedBytes() {
      return receivedBytes;
    },
    write(chunk) {
      if (over) return;
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) fail(tooLarge(place, maxBytes));
      else first.write(chunk);
    },
    end() {
      if (!over) first.end();
    },
    stop() {
      over = true;
      first.stop();
    },
  };
}

interface Stage {
  write(chunk: Buffer): void;
  end(): void;
  stop(): void;
}

const decoders = {
  gzip: () => zlib.createGunzip(),
  "x-gzip": () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  // A frame may ask for a window of 128 MB; RFC 9659 allows 8 MB in HTTP.
  zstd: () => zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } }),
  // Servers send both what the RFC says (zlib's header) and the bare stream; the first byte tells them apart.
  deflate: (start: Buffer) => (((start[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
} as const;

type Coding = keyof typeof decoders;

/** Codings this side can undo, in the order they were applied. An unknown one leaves the body as it came, as browsers do. */
function codingsOf(encoding: string | undefined): Coding[] {
  if (encoding === undefined || encoding === "") return [];
  const names = encoding
    .toLowerCase()
    .split(",", maxCodings + 1)
    .map((name) => name.trim());
  const known = names.filter((name) => name !== "identity" && name !== "");
  return known.length <= maxCodings && known.every((name) => Object.hasOwn(decoders, name)) ? (known as Coding[]) : [];
}

/** The decoder is made with the first byte: an empty body (HEAD, 304) is no damaged one. */
function decodingStage(coding: Coding, place: string, next: Stage, fail: (error: Failure) => void): Stage {
  let decoder: zlib.Gunzip | zlib.ZstdDecompress | null = null;
  const open = (start: Buffer) => {
    const made = decoders[coding](start);
    made.on("data", (chunk: Buffer) => next.write(chunk));
    made.on("end", () => next.end());
    made.on("error", (error: Error) => {
      fail(failure("bad-encoding", `the ${coding} answer of ${place} is damaged (${error.message})`));
    });
    return made;
  };
  return {
    write(chunk) {
      decoder ??= open(chunk);
      decoder.write(chunk);
    },
    end() {
      if (decoder) decoder.end();
      else next.end();
    },
    stop() {
      decoder?.destroy();
      next.stop();
    },
  };
}

function tooLarge(place: string, maxBytes: number): Failure {
  return failure("too-large", `the answer of ${place} is larger than ${formatBytes(maxBytes)}`);
}

function unpacksTooFar(place: string, maxBytes: number): Failure {
  return failure("bad-encoding", `the compressed answer of ${place} unpacks to more than ${formatBytes(maxBytes)}`);
}
