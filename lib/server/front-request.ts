import { IncomingMessage } from "node:http";

/** A request whose body is counted as it comes in, before anybody keeps it. */
export class FrontRequest extends IncomingMessage {
  /** Told once, when more than that many bytes came. */
  bodyBound: { readonly bytes: number; readonly onOver: () => void } | null = null;
  #came = 0;

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (this.bodyBound !== null && chunk !== null) {
      const before = this.#came;
      this.#came += (chunk as Uint8Array).byteLength;
      if (this.#came > this.bodyBound.bytes) {
        if (before <= this.bodyBound.bytes) this.bodyBound.onOver();
        // What comes after is dropped; the connection ends with the answer.
        return true;
      }
    }
    return super.push(chunk, encoding);
  }
}
