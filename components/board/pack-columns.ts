/** Columns of the board's grid on a wide screen. */
export const gridColumns = 12;

/** A panel that wants a place. Panels come in the order of `rank`: worst first. */
export interface WantedPlace {
  readonly columns: number;
  /** Panels of one rank may change places; one of a lesser rank never overtakes. */
  readonly rank: number;
}

export interface Place {
  /** Which of the wanted places this is. */
  readonly at: number;
  readonly span: number;
}

/**
 * Places for panels so that every row of the grid is full: a row takes the panels that fit, in their order; when one does
 * not fit, only panels of its own rank may fill the gap before it. What is left over of a row is shared out.
 */
export function packColumns(wanted: readonly WantedPlace[]): Place[] {
  let waiting = wanted.map(({ columns, rank }, at) => ({
    at,
    rank,
    columns: Math.min(Math.max(columns, 1), gridColumns),
  }));
  const packed: Place[] = [];
  while (waiting.length > 0) {
    const row: typeof waiting = [];
    let free = gridColumns;
    let skippedRank: number | undefined;
    for (const panel of waiting) {
      if (skippedRank !== undefined && panel.rank !== skippedRank) break;
      if (panel.columns > free) {
        skippedRank = panel.rank;
        continue;
      }
      row.push(panel);
      free -= panel.columns;
    }
    waiting = waiting.filter((panel) => !row.includes(panel));
    packed.push(...shareOut(row));
  }
  return packed;
}

function shareOut(row: readonly { readonly at: number; readonly columns: number }[]): Place[] {
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
