import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gridColumns, packColumns } from "#components/board/pack-columns.ts";

const wanted = fc.array(fc.constantFrom(3, 4, 5, 7, 12), { maxLength: 30 });

test("every panel is placed once", () => {
  fc.assert(
    fc.property(wanted, (columns) => {
      const places = packColumns(columns)
        .map(({ at }) => at)
        .sort((a, b) => a - b);
      assert.deepEqual(
        places,
        columns.map((_, at) => at),
      );
    }),
  );
});

test("every row is full, and no panel is narrower than it asked for", () => {
  fc.assert(
    fc.property(wanted, (columns) => {
      let used = 0;
      for (const { at, span } of packColumns(columns)) {
        assert.ok(span >= (columns[at] ?? 0));
        used += span;
        assert.ok(
          used % gridColumns === 0 || Math.floor(used / gridColumns) === Math.floor((used - span) / gridColumns),
        );
      }
      assert.equal(used % gridColumns, 0);
    }),
  );
});

test("a row as drawn stays as drawn", () => {
  assert.deepEqual(packColumns([7, 5, 5, 4, 3]), [
    { at: 0, span: 7 },
    { at: 1, span: 5 },
    { at: 2, span: 5 },
    { at: 3, span: 4 },
    { at: 4, span: 3 },
  ]);
});
