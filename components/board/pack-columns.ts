/** Columns of the board's grid on a wide screen. */
export const gridColumns = 12;

/**
 * Widths for panels in their order, so that every row of the grid is full: a row takes as many panels as fit, a later
 * panel may fill a gap, and what is left over is shared out. Returns the order and the span of each.
 */
export function packColumns(wanted: readonly number[]): { readonly at: number; readonly span: number }[] {
  const waiting = wanted.map((columns, at) => ({ at, columns: Math.min(Math.max(columns, 1), gridColumns) }));
  const packed: { at: number; span: number }[] = [];
  while (waiting.length > 0) {
    const row: { at: number; columns: number }[] = [];
    let free = gridColumns;
    for (const panel of [...waiting]) {
      if (panel.columns > free) continue;
      row.push(panel);
      waiting.splice(waiting.indexOf(panel), 1);
      free -= panel.columns;
    }
    packed.push(...shareOut(row));
  }
  return packed;
}

function shareOut(row: readonly { readonly at: number; readonly columns: number }[]): { at: number; span: number }[] {
  const total = row.reduce((sum, panel) => sum + panel.columns, 0);
  let given = 0;
  let counted = 0;
  return row.map((panel) => {
    counted += panel.columns;
    const upTo = Math.round((counted / total) * gridColumns);
    const span = upTo - given;
    given = upTo;
    return { at: panel.at, span };
  });
}
