import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gridColumns, packColumns } from "#components/board/pack-columns.ts";

const wanted = fc
  .array(fc.record({ columns: fc.constantFrom(3, 4, 5, 7, 12), rank: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 30,
  })
  .map((places) => places.sort((a, b) => b.rank - a.rank));

test("every panel is placed once", () => {
  fc.assert(
    fc.property(wanted, (places) => {
      const placed = packColumns(places).flatMap(({ panels }) => panels);
      assert.deepEqual(
        placed.sort((a, b) => a - b),
        places.map((_, at) => at),
      );
    }),
  );
});

test("every row is full, and no panel is narrower than it asked for", () => {
  fc.assert(
    fc.property(wanted, (places) => {
      let used = 0;
      for (const { panels, span } of packColumns(places)) {
        for (const at of panels) assert.ok(span >= (places[at]?.columns ?? 0));
        const row = Math.floor(used / gridColumns);
        used += span;
        assert.ok(used <= (row + 1) * gridColumns, "a panel never reaches over the end of its row");
      }
      assert.equal(used % gridColumns, 0);
    }),
  );
});

test("a panel never stands behind one that is in less trouble", () => {
  fc.assert(
    fc.property(wanted, (places) => {
      const ranks = packColumns(places).flatMap(({ panels }) => panels.map((at) => places[at]?.rank ?? 0));
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => b - a),
      );
    }),
  );
});

test("a row as drawn stays as drawn", () => {
  const drawn = [7, 5, 5, 4, 3].map((columns) => ({ columns, rank: 0 }));
  assert.deepEqual(
    packColumns(drawn),
    [7, 5, 5, 4, 3].map((columns, at) => ({ panels: [at], span: columns })),
  );
});

test("rows that are divided alike leave no hole beside a short panel, unless one is in more trouble", () => {
  const board = (ranks: readonly number[]) =>
    packColumns([4, 8, 4, 8].map((columns, at) => ({ columns, rank: ranks[at] ?? 0 })));
  assert.deepEqual(board([1, 1, 1, 1]), [
    { span: 4, panels: [0, 2] },
    { span: 8, panels: [1, 3] },
  ]);
  assert.deepEqual(
    board([1, 1, 0, 0]).map(({ panels }) => panels),
    [[0], [1], [2], [3]],
  );
});
