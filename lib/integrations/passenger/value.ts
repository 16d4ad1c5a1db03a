import { foreignLine } from "#lib/core/foreign-text.ts";

/** A decimal number from text; anything else is `null`. */
export function decimal(text: string | undefined): number | null {
  if (text === undefined || text.length > 40 || !/^\s*-?\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}

/** One harmless line of at most `maxChars`; `null` when nothing is left. */
export function line(text: unknown, maxChars: number): string | null {
  const clean = typeof text === "string" ? foreignLine(text, maxChars) : "";
  return clean === "" ? null : clean;
}

/** A property of something that may be no object at all. */
export function property(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null && Object.hasOwn(of, name)
    ? (of as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
