import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteReader, createByteWriter } from "#lib/store/packing/bytes.ts";
import { readColumn, type Scalar, writeColumn } from "#lib/store/packing/columns.ts";
import { packDocuments } from "#lib/store/packing/documents.ts";
import { readNumbers, writeNumbers } from "#lib/store/packing/numbers.ts";
import { Pack } from "#lib/store/packing/pack.ts";

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
      fc.array(fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.integer())),
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

  it("of ten thousand servers are read a few at a time", () => {
    const server = { name: "web", up: true, ...Object.fromEntries([..."abcdefghijkl"].map((key) => [key, 7])) };
    const one = { servers: new Array(10_000).fill(server) };
    const { plan, body } = packDocuments(new Array(20).fill(one));
    const pack = new Pack(JSON.parse(plan), body);
    assert.throws(() => pack.documents(), RangeError);
    let read = 0;
    for (const document of pack.documentsBy(8)) {
      assert.equal((document as typeof one).servers.length, 10_000);
      read += 1;
    }
    assert.equal(read, 20);
    assert.deepEqual(pack.documents([19])[0], one);
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
