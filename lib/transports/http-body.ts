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
  bounds: BodyBounds,
  place: string,
  outcome: BodyOutcome,
): Body {
  return new BodyReceiver(codingsOf(encoding), bounds, place, outcome);
}

/** Classes, because a poller receives hundreds a second: as closures each would weigh a kilobyte. */
class BodyReceiver implements Body {
  receivedBytes = 0;
  readonly #maxBytes: number;
  readonly #place: string;
  readonly #outcome: BodyOutcome;
  readonly #first: Stage;
  #over = false;

  constructor(codings: readonly Coding[], bounds: BodyBounds, place: string, outcome: BodyOutcome) {
    this.#maxBytes = bounds.maxBytes;
    this.#place = place;
    this.#outcome = outcome;
    const kept = new KeptBody(this, codings.length > 0, bounds, place);
    // The coding named last was applied last, so it is undone first.
    this.#first = codings.reduce<Stage>((next, coding) => decodingStage(coding, place, next, this), kept);
  }

  write(chunk: Buffer): void {
    if (this.#over) return;
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > this.#maxBytes) this.fail(tooLarge(this.#place, this.#maxBytes));
    else this.#first.write(chunk);
  }

  end(): void {
    if (!this.#over) this.#first.end();
  }

  stop(): void {
    this.#over = true;
    this.#first.stop();
  }

  /** Of its stages. */
  done(body: Buffer, bytes: number): void {
    this.#over = true;
    this.#outcome.whole(body, bytes);
  }

  /** Of its stages. */
  fail(error: Failure): void {
    if (this.#over) return;
    this.stop();
    this.#outcome.failed(error);
  }
}

/** The last stage: what is kept of the decoded body. */
class KeptBody implements Stage {
  readonly #receiver: BodyReceiver;
  readonly #encoded: boolean;
  readonly #bounds: BodyBounds;
  readonly #place: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(receiver: BodyReceiver, encoded: boolean, bounds: BodyBounds, place: string) {
    this.#receiver = receiver;
    this.#encoded = encoded;
    this.#bounds = bounds;
    this.#place = place;
  }

  write(chunk: Buffer): void {
    const { maxBytes, keepBytes } = this.#bounds;
    const room = keepBytes - this.#bytes;
    this.#bytes += chunk.length;
    if (this.#bytes > maxBytes) {
      this.#receiver.fail((this.#encoded ? unpacksTooFar : tooLarge)(this.#place, maxBytes));
    } else if (room >= chunk.length) this.#chunks.push(chunk);
    else if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
  }

  end(): void {
    const [first = nothing] = this.#chunks;
    this.#receiver.done(this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first, this.#bytes);
  }

  stop(): void {}
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
function decodingStage(coding: Coding, place: string, next: Stage, receiver: BodyReceiver): Stage {
  let decoder: zlib.Gunzip | zlib.ZstdDecompress | null = null;
  const open = (start: Buffer) => {
    const made = decoders[coding](start);
    made.on("data", (chunk: Buffer) => next.write(chunk));
    made.on("end", () => next.end());
    made.on("error", (error: Error) => {
      receiver.fail(failure("bad-encoding", `the ${coding} answer of ${place} is damaged (${error.message})`));
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
