import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteReader, createByteWriter } from "#lib/store/packing/bytes.ts";
import { readColumn, type Scalar, writeColumn } from "#lib/store/packing/columns.ts";
import { packDocuments } from "#lib/store/packing/documents.ts";
import { readNumbers, writeNumbers } from "#lib/store/packing/numbers.ts";
import { Pack } from "#lib/store/packing/pack.ts";
import { inflatePieces } from "#lib/store/packing/pieces.ts";

function roundTripDocuments(documents: readonly unknown[]): unknown[] {
  const { plan, body } = packDocuments(documents);
  const pack = new Pack(JSON.parse(plan), body);
  return pack.documents();
}

function roundTripNumbers(values: readonly number[]): number[] {
  const writer = createByteWriter();
  writeNumbers(writer, values);
  return readNumbers(new ByteReader(writer.done()), values.length);
}

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.NaN, -0, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 0.1, 1e-7),
  fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1_000),
);

describe("packed numbers", () => {
  it("come back bit for bit, whatever they are and in whatever order", () => {
    fc.assert(fc.property(fc.array(anyNumber), (values) => assert.deepEqual(roundTripNumbers(values), values)));
  });

  it("take less than two bytes each where they are times of a steady beat", () => {
    const times = Array.from({ length: 100 }, (_, i) => 1_795_000_000_000 + i * 20_000 + (i % 7));
    const writer = createByteWriter();
    writeNumbers(writer, times);
    assert.ok(writer.done().length < 200, String(writer.done().length));
  });
});

describe("a packed column", () => {
  it("comes back as it was: numbers with gaps, texts that differ in their numbers, and any mixture", () => {
    const worded = fc
      .tuple(fc.constantFrom("200 in ", "", "00 of "), fc.nat(), fc.constantFrom(" ms", "", "7"))
      .map((parts) => parts.join(""));
    const columns = fc.oneof(
      fc.array(fc.oneof(anyNumber, fc.constant(null))),
      fc.array(worded),
      fc.array(fc.oneof(fc.string(), fc.boolean(), fc.constantFrom(null, 0, -0), fc.integer())),
    );
    fc.assert(
      fc.property(columns, (values: Scalar[]) => {
        const writer = createByteWriter();
        writeColumn(writer, values);
        const read = (wanted: readonly number[]) => readColumn(new ByteReader(writer.done()), values.length, wanted);
        assert.deepEqual(read([...values.keys()]), values);
        const odd = [...values.keys()].filter((i) => i % 2 === 1);
        assert.deepEqual(
          read(odd),
          odd.map((i) => values[i]),
        );
        for (const [i, value] of values.entries()) assert.deepEqual(read([i]), [value]);
      }),
    );
  });
});

describe("packed documents", () => {
  it("come back as JSON would bring them, whatever their form", () => {
    const plain = fc.array(fc.jsonValue()).map((values) => JSON.parse(JSON.stringify(values)) as unknown[]);
    fc.assert(fc.property(plain, (values) => assert.deepEqual(roundTripDocuments(values), values)));
  });

  it("come back when fields come and go, lists grow and shrink, and names are hostile", () => {
    const item = fc.record(
      { n: fc.option(anyNumber), s: fc.string(), deep: fc.array(fc.record({ x: anyNumber })) },
      { requiredKeys: [] },
    );
    const document = fc.record({
      items: fc.array(item),
      byName: fc.dictionary(fc.string(), fc.record({ a: anyNumber, b: fc.option(anyNumber) })),
    });
    fc.assert(
      fc.property(fc.array(document), (values) => {
        const seen = roundTripDocuments(values);
        assert.deepEqual(seen.map(withoutPrototypes), values.map(withoutPrototypes));
      }),
    );
    const hostile = [JSON.parse('{"__proto__": {"a": 1}, "b": 2}')] as unknown[];
    assert.equal(JSON.stringify(roundTripDocuments(hostile)), JSON.stringify(hostile));
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });

  it("give one field of all without unpacking the rest", () => {
    const documents = [{ m: { "a|b|": 1 } }, { m: {} }, { m: { "a|b|": 3 } }];
    const { plan, body } = packDocuments(documents);
    assert.deepEqual(new Pack(JSON.parse(plan), body).field(["m", "a|b|"]), [1, undefined, 3]);
    assert.deepEqual(new Pack(JSON.parse(plan), body).field(["none"]), [undefined, undefined, undefined]);
    assert.deepEqual(new Pack(JSON.parse(plan), body).field(["m", "a|b|"], [0, 1]), [1, undefined]);
    const plainly = packDocuments([{ at: 1 }, { at: 2 }, { at: 4 }]);
    assert.deepEqual(new Pack(JSON.parse(plainly.plan), plainly.body).field(["at"], [1, 2]), [2, 4]);
    assert.throws(() => new Pack(JSON.parse(plainly.plan), plainly.body).field(["at"], [3]), RangeError);
  });

  it("share their plan with the next pack of the same service", () => {
    const of = (n: number) => ({ url: "http://shop/", nodes: [{ name: "a", ms: n }], summary: `200 in ${n} ms` });
    assert.equal(packDocuments([of(1), of(2)]).plan, packDocuments([of(3), of(5), of(8)]).plan);
  });

  it("with a thousand names, of which some documents have none, cost no more than their numbers", () => {
    const named = (n: number) => Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`rate|web-${i}|`, i + n]));
    const documents = Array.from({ length: 64 }, (_, n) => ({ metrics: n % 9 === 4 ? {} : named(n) }));
    const { plan, body } = packDocuments(documents);
    const pack = new Pack(JSON.parse(plan), body);
    assert.deepEqual(pack.documents(), documents);
    for (const name of pack.names(["metrics"])) {
      assert.deepEqual(
        pack.field(["metrics", name], [3, 4]),
        [3, 4].map((n) => new Map(Object.entries(documents[n]?.metrics ?? {})).get(name)),
      );
    }
  });

  it("are not read at places that do not ascend, nor beyond their end", () => {
    const { plan, body } = packDocuments([{ at: 1 }, { at: 2 }, { at: 4 }]);
    const pack = new Pack(JSON.parse(plan), body);
    for (const places of [[2, 1], [1, 1], [0, -1], [3], [-1]]) {
      assert.throws(() => pack.field(["at"], places), RangeError, String(places));
    }
  });

  it("of ten thousand servers are read a few at a time", () => {
    const server = { name: "web", up: true, ...Object.fromEntries([..."abcdefghijkl"].map((key) => [key, 7])) };
    const one = { servers: new Array(10_000).fill(server) };
    const { plan, body } = packDocuments(new Array(40).fill(one));
    const pack = new Pack(JSON.parse(plan), body);
    assert.throws(() => pack.documents(), RangeError);
    const lengths = [...pack.each()].map((document) => (document as typeof one).servers.length);
    assert.deepEqual(lengths, new Array(40).fill(10_000));
    assert.deepEqual(pack.documents([39])[0], one);
  });

  it("are read on as they were stored before there were pieces and plans that tell what stands still", () => {
    const plan = `["keys",[["at","ok","none","list","targets","byName","m","said"],["at","ok","none","list","targets","byName",
      "m","said","more"]],["at","ok","none","list","targets","byName","m","said","more"],[["scalar"],["scalar"],["scalar"],
      ["array",["scalar"]],["array",["object",["name","status","note"],[["scalar"],["scalar"],["scalar"]]]],["record",
      [["x","y"],["x"],[]],["object",["n"],[["scalar"]]]],["keys",[["t|a|"],[]],["t|a|"],[["scalar"]]],["scalar"],
      ["text","yes"]]]`;
    const stored = `JYw9CsJAFITnvX3JImII2Fiur07ncZYUESIW8QfXgKVH8Bppbaxscgov4B3ESnYtZoavmM9kDDAKLq+f+/u5HQc7DjYnOZ/6NifZ911nLEDI
      GCyYy8x7bbSuvK61rgGw5fJm8JKpoYhk9KJJK/GTGoyJITAsf2klS+9VK3WHjYtzbEJogxsfiXbh7wWYOUUWxQ8=`;
    const alike = { ok: true, none: null, list: [] };
    const a = { name: "a", status: 200, note: null };
    const at = 1_795_000_000_000;
    const [body] = inflatePieces([Buffer.from(stored, "base64")]);
    assert.deepEqual(new Pack(JSON.parse(plan), body as Uint8Array).documents(), [
      {
        at,
        ...alike,
        targets: [a],
        byName: { x: { n: 1 }, y: { n: 2 } },
        m: { "t|a|": 1.25 },
        said: "1 of 1 passes · 2 ms",
      },
      {
        at: at + 60_001,
        ...alike,
        targets: [a, { name: "b", status: 500, note: "x" }],
        byName: { x: { n: 1 } },
        m: {},
        said: "1 of 1 passes · 12 ms",
        more: "yes",
      },
      { at: at + 120_002, ...alike, targets: [], byName: {}, m: { "t|a|": null }, said: "1 of 1 passes · 7 ms" },
    ]);
  });

  it("that were cut off are refused, not half read", () => {
    const { plan, body } = packDocuments([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]);
    assert.throws(() => new Pack(JSON.parse(plan), body.subarray(0, body.length - 3)).documents([1]), RangeError);
  });
});

/** fast-check makes records without a prototype; what is read back has the usual one. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, withoutPrototypes(inner)]));
}
