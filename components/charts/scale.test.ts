import assert from "node:assert/strict";
import { test } from "node:test";
import { bandPath, lastValue, linePath, scaleFor } from "#components/charts/scale.ts";

test("a gap in the values is a gap in the line, never a zero", () => {
  assert.equal(linePath([1, 2, null, 2, 1], 2, 8, 10), "M0 5L2 0M6 0L8 5");
});

test("a value alone between gaps is still seen", () => {
  assert.equal(linePath([null, 1, null], 2, 8, 10), "M4 5h0");
});

test("nothing measured draws nothing", () => {
  assert.equal(linePath([null, null], 1, 8, 10), "");
  assert.equal(linePath([], 1, 8, 10), "");
  assert.equal(lastValue([null]), null);
});

test("a limit far above the values does not flatten them", () => {
  assert.deepEqual(scaleFor([1, 2], 100), { top: 2.16, limitShown: false });
  assert.equal(scaleFor([1, 40], 100).limitShown, true);
});

test("values over the limit still fit", () => {
  assert.ok(scaleFor([500], 100).top > 500);
});

test("only zeros lie on the floor", () => {
  assert.equal(linePath([0, 0], scaleFor([0, 0], null).top, 8, 10), "M0 10L8 10");
});

test("the last value is the newest that was measured", () => {
  assert.deepEqual(lastValue([3, 4, null]), { value: 4, index: 1 });
});

test("a band between two lines breaks where nothing was measured", () => {
  assert.equal(
    bandPath([0, 5, null, 5, 5], [10, 10, null, 10, 10], 10, 40, 10),
    "M0 0L10 0L10 5L0 10ZM30 0L40 0L40 5L30 5Z",
  );
  assert.equal(bandPath([null, 5, null], [null, 9, null], 10, 20, 10), "");
});
