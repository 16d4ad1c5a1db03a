/** A row as the driver hands it over: nothing in it is believed. */
export type Row = Readonly<Record<string, unknown>>;

/** A finite number, also from numeric text; anything else is `null`. */
export function number(value: unknown): number | null {
  // A negative zero would come back from the store as another value.
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string" || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return null;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed + 0 : null;
}

export function flag(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "t" ? true : value === "f" ? false : null;
}

/** Text of at most `maxChars` without control or direction-changing characters, white space collapsed. */
export function text(value: unknown, maxChars: number): string | null {
  if (typeof value !== "string") return null;
  const clean = value
    .slice(0, maxChars * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\s]+/gu, " ")
    .trim();
  return clean.length <= maxChars ? clean : `${clean.slice(0, maxChars - 1)}…`;
}

/** Integers of an array column; what is none is left out. */
export function integers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((each): each is number => Number.isInteger(each)) : [];
}
