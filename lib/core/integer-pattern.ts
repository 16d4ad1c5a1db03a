/** A pattern that matches the whole numbers from `min` to `max` as people write them, and nothing else. Both are 0 or more. */
export function integerPattern(min: number, max: number): string {
  const parts: string[] = [];
  for (let digits = `${min}`.length; digits <= `${max}`.length; digits += 1) {
    const least = digits === 1 ? 0 : 10 ** (digits - 1);
    const from = `${Math.max(min, least)}`;
    const to = `${Math.min(max, 10 ** digits - 1)}`;
    parts.push(...sameLength(from, to));
  }
  return parts.join("|");
}

/** Patterns for the numbers between two of as many digits. */
function sameLength(from: string, to: string): string[] {
  const [low = "", high = ""] = [from[0], to[0]];
  const [fromRest, toRest] = [from.slice(1), to.slice(1)];
  if (from === "") return [""];
  const free = fromRest === "" ? "" : `[0-9]{${fromRest.length}}`;
  if (/^0*$/.test(fromRest) && /^9*$/.test(toRest)) return [`${span(low, high)}${free}`];
  if (low === high) return sameLength(fromRest, toRest).map((rest) => low + rest);
  const first = sameLength(fromRest, "9".repeat(fromRest.length)).map((rest) => low + rest);
  const last = sameLength("0".repeat(toRest.length), toRest).map((rest) => high + rest);
  const [next, before] = [Number(low) + 1, Number(high) - 1];
  return [...first, ...(next > before ? [] : [`${span(`${next}`, `${before}`)}${free}`]), ...last];
}

function span(low: string, high: string): string {
  return low === high ? low : `[${low}-${high}]`;
}
