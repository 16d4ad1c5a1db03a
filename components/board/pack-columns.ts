/** Columns of the board's grid on a wide screen. */
export const gridColumns = 12;

/** A panel that wants a place. Panels come in the order of `rank`: worst first. */
export interface WantedPlace {
  readonly columns: number;
  /** Panels of one rank may change places; one of a lesser rank never overtakes. */
  readonly rank: number;
}

/** Panels under each other, of one width. */
export interface Stack {
  readonly span: number;
  /** Which of the wanted places they are, from the top. */
  readonly panels: readonly number[];
}

/**
 * Stacks of panels so that every row of the grid is full: a row takes the panels that fit, in their order; when one does
 * not fit, only panels of its own rank may fill the gap before it. What is left over of a row is shared out. Rows of one
 * rank that are divided alike become one row of stacks, so that a short panel leaves no hole beside a tall one.
 */
export function packColumns(wanted: readonly WantedPlace[]): Stack[] {
  let waiting = wanted.map(({ columns, rank }, at) => ({
    at,
    rank,
    columns: Math.min(Math.max(columns, 1), gridColumns),
  }));
  const rows: Row[] = [];
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
    rows.push({ ranks: new Set(row.map(({ rank }) => rank)), stacks: shareOut(row) });
  }
  return rows.reduce<Row[]>(stackUp, []).flatMap(({ stacks }) => stacks);
}

interface Row {
  readonly ranks: ReadonlySet<number>;
  readonly stacks: readonly Stack[];
}

function stackUp(rows: readonly Row[], row: Row): Row[] {
  const last = rows.at(-1);
  const alike =
    last !== undefined &&
    last.ranks.union(row.ranks).size === 1 &&
    last.stacks.length === row.stacks.length &&
    last.stacks.every(({ span }, at) => span === row.stacks[at]?.span);
  if (!alike) return [...rows, row];
  const stacks = last.stacks.map(({ span, panels }, at) => ({
    span,
    panels: [...panels, ...(row.stacks[at]?.panels ?? [])],
  }));
  return [...rows.slice(0, -1), { ranks: row.ranks, stacks }];
}

function shareOut(row: readonly { readonly at: number; readonly columns: number }[]): Stack[] {
  const total = row.reduce((sum, panel) => sum + panel.columns, 0);
  let given = 0;
  let counted = 0;
  return row.map((panel) => {
    counted += panel.columns;
    const upTo = Math.round((counted / total) * gridColumns);
    const span = upTo - given;
    given = upTo;
    return { panels: [panel.at], span };
  });
}
