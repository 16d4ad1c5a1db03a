import { foreignLine } from "#lib/core/foreign-text.ts";

/** A row as the driver hands it over: nothing in it is believed. */
export type Row = Readonly<Record<string, unknown>>;

/** A finite number, also from numeric text; anything else is `null`. */
export function number(value: unknown): number | null {
  if (typeof value === "number") return measured(value);
  if (typeof value === "bigint") return measured(Number(value));
  if (typeof value !== "string" || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return null;
  const parsed = Number(value);
  return measured(parsed);
}

/** Nothing that is counted comes near; larger numbers would become infinite in the first sum. */
const beyondReason = 1e30;

function measured(value: number): number | null {
  // A negative zero would come back from the store as another value.
  return Math.abs(value) < beyondReason ? value + 0 : null;
}

export function flag(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "t" ? true : value === "f" ? false : null;
}

/** One harmless line of at most `maxChars`; `null` for what is no text. */
export function text(value: unknown, maxChars: number): string | null {
  return typeof value === "string" ? foreignLine(value, maxChars) : null;
}

/** Integers of an array column; what is none is left out. */
export function integers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((each): each is number => Number.isInteger(each)) : [];
}
