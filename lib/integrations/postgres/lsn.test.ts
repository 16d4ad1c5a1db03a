import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatLsn, lsnDistanceBytes, parseLsn } from "#lib/integrations/postgres/lsn.ts";

const position = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

test("a position is read as it is written", () => {
  assert.equal(parseLsn("0/0"), 0n);
  assert.equal(parseLsn("16/B374D848"), 97_500_059_720n);
  assert.equal(parseLsn("FFFFFFFF/FFFFFFFF"), 0xffff_ffff_ffff_ffffn);
  fc.assert(fc.property(position, (at) => parseLsn(formatLsn(at)) === at));
});

test("what is no position is no number", () => {
  for (const text of ["", "0", "/", "0/", "G/0", "0/123456789", "-1/0", "0/0 ", " 0/0", "0x1/2"])
    assert.equal(parseLsn(text), undefined);
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(parseLsn(text) === undefined, !/^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i.test(text));
    }),
  );
});

test("the distance crosses the four-gigabyte border of the spelling", () => {
  assert.equal(lsnDistanceBytes("1/0", "0/FFFFFFFF"), 1);
  assert.equal(lsnDistanceBytes("0/3BF6130", "0/3294180"), 9_838_512);
});

test("the distance is what is added, has a sign, and adds up", () => {
  const near = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffffn });
  fc.assert(
    fc.property(near, near, near, (a, b, c) => {
      const far = (x: bigint, y: bigint) => lsnDistanceBytes(formatLsn(x), formatLsn(y)) ?? Number.NaN;
      assert.equal(far(a + b, a), Number(b));
      assert.equal(far(a, b), 0 - far(b, a));
      assert.equal(far(a, c), far(a, b) + far(b, c));
    }),
  );
});

test("a missing position gives no distance, and never zero", () => {
  assert.equal(lsnDistanceBytes(null, "0/0"), null);
  assert.equal(lsnDistanceBytes("0/0", null), null);
  assert.equal(lsnDistanceBytes("0/0", "nonsense"), null);
});
