import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { deflatePiece, inflatePieces } from "#lib/store/packing/pieces.ts";

const bodies = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.nat({ max: 255 }), fc.nat({ max: 90_000 }))
      .map(([value, length]) => new Uint8Array(length).fill(value)),
  ),
);

describe("pieces", () => {
  it("come back in their order, in one go or many, beside bodies of before there were pieces", () => {
    fc.assert(
      fc.property(bodies, fc.func(fc.boolean()), (all, wasBefore) => {
        const stored = all.map((body) => (wasBefore(body) ? deflateRawSync(body, { level: 9 }) : deflatePiece(body)));
        assert.deepEqual(
          [...inflatePieces(stored)].map((body) => body && Buffer.from(body)),
          all.map((body) => Buffer.from(body)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("with any byte changed are nothing, never something else", () => {
    const text = Buffer.from(JSON.stringify(Array.from({ length: 40 }, (_, n) => ({ status: "ok", queue: n * 7 }))));
    const whole = deflatePiece(text);
    for (let at = 0; at < whole.length; at += 1) {
      for (const bit of [1, 16, 128]) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] as number) ^ bit;
        const [body] = inflatePieces([changed]);
        // Some bits of a deflate stream say nothing about what it holds.
        assert.ok(body === undefined || text.equals(body), `byte ${at}, bit ${bit}`);
      }
    }
  });

  it("that are damaged are nothing, and those beside them are whole", () => {
    const text = (n: number) => Buffer.from(`${n}: ${"queue ".repeat(n)}`);
    const whole = [1, 2, 3].map((n) => deflatePiece(text(n)));
    const [first, second, third] = whole as [Uint8Array, Uint8Array, Uint8Array];
    const short = second.slice(0, second.length - 2);
    const long = Buffer.from(second);
    long[1] = (long[1] as number) + 1;
    const huge = Buffer.from([second[0] as number, 255, 255, 255, 255, 127, ...second.subarray(2)]);
    for (const damaged of [short, long, huge, second.subarray(0, 1)]) {
      const bodies = [...inflatePieces([first, damaged, third])].map((body) => body && String(Buffer.from(body)));
      assert.deepEqual(bodies, [String(text(1)), undefined, String(text(3))]);
    }
  });
});
