/** Numbers over time in drawing order; `null` is "not measured" and stays a gap. */
export type Series = readonly (number | null)[];

/** Where to draw: `top` is the value at the upper edge, zero lies at the lower one, so heights can be compared. */
export interface Scale {
  readonly top: number;
  readonly limitShown: boolean;
}

/**
 * Scale of a small chart from zero up. A limit far above the values would flatten them to a line, so it is drawn only
 * once they come within a third of it. `atLeast` keeps the noise of tiny values from filling the chart.
 */
export function scaleFor(values: Series, limit: number | null, atLeast = 0): Scale {
  const peak = values.reduce<number>((most, value) => (value !== null && value > most ? value : most), 0);
  const limitShown = limit !== null && limit > 0 && peak >= limit / 3;
  return { top: Math.max(peak, limitShown ? limit : 0, atLeast) * 1.08 || 1, limitShown };
}

/**
 * SVG path of the values across `width` × `height`, newest at the right edge. A gap breaks the line; a value alone
 * between gaps becomes a zero-length stroke, which a round line cap draws as a dot.
 */
export function linePath(values: Series, top: number, width: number, height: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = "";
  let drawing = false;
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      drawing = false;
      return;
    }
    const x = round(values.length > 1 ? index * step : width);
    const y = round(height - (Math.max(0, Math.min(value, top)) / top) * height);
    const alone = !drawing && !isValue(values[index + 1]);
    path += alone ? `M${x} ${y}h0` : `${drawing ? "L" : "M"}${x} ${y}`;
    drawing = true;
  });
  return path;
}

/** SVG path of the area between two lines over `width` × `height`; where either has a gap, the area has one. */
export function bandPath(low: Series, high: Series, top: number, width: number, height: number): string {
  const step = low.length > 1 ? width / (low.length - 1) : 0;
  const y = (value: number) => round(height - (Math.max(0, Math.min(value, top)) / top) * height);
  let path = "";
  for (let from = 0; from < low.length; from += 1) {
    let to = from;
    while (to < low.length && isValue(low[to]) && isValue(high[to])) to += 1;
    if (to - from > 1) {
      const edge = (values: Series, index: number) => `${round(index * step)} ${y(values[index] as number)}`;
      const over = Array.from({ length: to - from }, (_, i) => edge(high, from + i));
      const back = Array.from({ length: to - from }, (_, i) => edge(low, to - 1 - i));
      path += `M${[...over, ...back].join("L")}Z`;
    }
    from = Math.max(from, to);
  }
  return path;
}

/** The newest measured value and how many points ago it was; `null` when nothing was measured. */
export function lastValue(values: Series): { readonly value: number; readonly index: number } | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (isValue(value)) return { value, index };
  }
  return null;
}

function isValue(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
