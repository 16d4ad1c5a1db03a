import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Transform } from "node:stream";
import { bounds } from "#lib/server/bounds.ts";
import type { FrontRequest } from "#lib/server/front-request.ts";
import { type Coding, isPackable, packer, worthPackingBytes } from "#lib/server/packing.ts";

type Given = OutgoingHttpHeaders | OutgoingHttpHeader[];
type Done = (error?: Error | null) => void;

/**
 * An answer that packs itself when its reader can unpack it, and that cuts off a reader who does not take what lies ready.
 * What says `no-transform` is never packed: event streams, and answers that show a secret beside words of the asker, whose
 * length would otherwise tell of the secret (BREACH).
 */
export class FrontAnswer extends ServerResponse<FrontRequest> {
  /** What the reader can unpack. */
  coding: Coding | null = null;
  stalledMs: number = bounds.stalledMs;
  #packer: Transform | null = null;
  #decided = false;
  #stalled: NodeJS.Timeout | undefined;

  override writeHead(status: number, reason?: string | Given, headers?: Given): this {
    if (this.headersSent) return super.writeHead(status);
    for (const [name, value] of pairsOf(typeof reason === "string" ? headers : reason)) this.setHeader(name, value);
    this.#decide(status, null);
    return typeof reason === "string" ? super.writeHead(status, reason) : super.writeHead(status);
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    if (!this.headersSent) this.writeHead(this.statusCode);
    const [coding, callback] = typeof encoding === "function" ? [undefined, encoding] : [encoding, done];
    if (this.#packer !== null) return this.#packer.write(bytesOf(chunk, coding), callback);
    return this.#pass(bytesOf(chunk, coding), callback);
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | Done, done?: Done): this {
    const [last, coding, callback] =
      typeof chunk === "function"
        ? [undefined, undefined, chunk as Done]
        : typeof encoding === "function"
          ? [chunk, undefined, encoding]
          : [chunk, encoding, done];
    const bytes = last === undefined || last === null ? undefined : bytesOf(last, coding);
    // What comes in one piece tells its size, so that little is not packed.
    if (!this.headersSent) this.#decide(this.statusCode, bytes?.byteLength ?? 0);
    if (this.#packer === null) {
      if (bytes === undefined) super.end(callback);
      else super.end(bytes, callback);
      if (this.writableLength > 0) this.#watch();
      return this;
    }
    if (callback !== undefined) this.once("finish", callback);
    if (!this.headersSent) this.writeHead(this.statusCode);
    if (!this.#packer.writableEnded) this.#packer.end(bytes);
    return this;
  }

  /** Sends on what the packer holds back. */
  flush(): void {
    const stream = this.#packer as (Transform & { flush?: () => void }) | null;
    if (stream !== null && !stream.writableEnded) stream.flush?.();
  }

  #decide(status: number, wholeBytes: number | null): void {
    if (this.#decided) return;
    this.#decided = true;
    const type = textOf(this.getHeader("content-type"));
    const told = this.getHeader("content-length");
    const bytes = told === undefined ? wholeBytes : Number(told);
    const bodiless = this.req.method === "HEAD" || status === 204 || status === 206 || status === 304 || status < 200;
    if (bodiless || !isPackable(type) || this.hasHeader("content-encoding")) return;
    if (/\bno-transform\b/i.test(textOf(this.getHeader("cache-control")))) return;
    this.#varyBy("Accept-Encoding");
    if (this.coding === null || (bytes !== null && bytes < worthPackingBytes)) return;
    this.#pack(this.coding, type);
  }

  #pack(coding: Coding, type: string): void {
    const tag = this.getHeader("etag");
    if (typeof tag === "string" && !tag.startsWith("W/")) this.setHeader("etag", `W/${tag}`);
    this.removeHeader("content-length");
    this.removeHeader("accept-ranges");
    this.setHeader("content-encoding", coding);
    const stream = packer(coding, type);
    this.#packer = stream;
    stream.on("data", (chunk: Buffer) => {
      if (!this.#pass(chunk)) stream.pause();
    });
    stream.once("end", () => {
      super.end();
      if (this.writableLength > 0) this.#watch();
    });
    stream.once("error", (cause) => this.destroy(cause));
    // Whoever fills the packer waits for room in it; whoever empties it, for room in the socket.
    stream.on("drain", () => this.emit("drain"));
    this.on("drain", () => stream.resume());
    this.once("close", () => stream.destroy());
  }

  #pass(chunk: Buffer, done?: Done): boolean {
    if (this.destroyed || this.writableEnded) return true;
    const room = super.write(chunk, done);
    if (!room) this.#watch();
    return room;
  }

  /** A reader that has taken nothing for so long is gone or means harm. */
  #watch(): void {
    const socket = this.socket;
    if (socket === null || this.writableLength > bounds.unreadBytes) {
      this.destroy();
      return;
    }
    if (this.#stalled !== undefined) return;
    const takenOf = () => socket.bytesWritten - socket.writableLength;
    let taken = takenOf();
    this.#stalled = setInterval(() => {
      const now = takenOf();
      if (this.destroyed || socket.writableLength === 0) this.#unwatch();
      else if (now > taken) taken = now;
      else {
        this.#unwatch();
        socket.destroy();
      }
    }, this.stalledMs).unref();
    this.once("close", () => this.#unwatch());
  }

  #unwatch(): void {
    clearInterval(this.#stalled);
    this.#stalled = undefined;
  }

  #varyBy(name: string): void {
    const varied = textOf(this.getHeader("vary"));
    if (!varied.toLowerCase().includes(name.toLowerCase()) && varied !== "*") {
      this.setHeader("vary", varied === "" ? name : `${varied}, ${name}`);
    }
  }
}

function* pairsOf(headers: Given | undefined): Generator<[string, OutgoingHttpHeader]> {
  if (headers === undefined) return;
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) yield [name, value];
    return;
  }
  for (let at = 0; at + 1 < headers.length; at += 2) yield [String(headers[at]), headers[at + 1] ?? ""];
}

function bytesOf(chunk: unknown, encoding: BufferEncoding | undefined): Buffer {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding);
  const view = chunk as Uint8Array;
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function textOf(value: OutgoingHttpHeader | undefined): string {
  return value === undefined ? "" : String(value);
}
