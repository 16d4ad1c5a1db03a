import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { framesIn } from "#components/wall/bearer-stream.ts";

test("a stream tells the same frames however it is cut into parts", () => {
  const data = fc.array(fc.jsonValue().map((value) => JSON.stringify(value)));
  fc.assert(
    fc.property(data, fc.array(fc.nat(400)), (sent, cuts) => {
      const text = `retry: 1000\n\n${sent.map((each, id) => `id: ${id}\nevent: frame\ndata: ${each}\n\n`).join("")}`;
      const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
      const told: string[] = [];
      let rest = "";
      for (let part = 1; part < at.length; part += 1) {
        const read = framesIn(rest + text.slice(at[part - 1], at[part]));
        told.push(...read.frames);
        rest = read.rest;
      }
      assert.deepEqual(told, sent);
      assert.equal(rest, "");
    }),
  );
});
