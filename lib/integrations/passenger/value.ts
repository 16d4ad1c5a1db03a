/** A decimal number from text; anything else is `null`. */
export function decimal(text: string | undefined): number | null {
  if (text === undefined || text.length > 40 || !/^\s*-?\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}

/** One line of at most `maxChars` without control or direction-changing characters; `null` when nothing is left. */
export function line(text: unknown, maxChars: number): string | null {
  if (typeof text !== "string") return null;
  const clean = text
    .slice(0, maxChars * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\s]+/gu, " ")
    .trim();
  if (clean === "") return null;
  return clean.length <= maxChars ? clean : `${clean.slice(0, maxChars - 1)}…`;
}

/** A property of something that may be no object at all. */
export function property(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null && Object.hasOwn(of, name)
    ? (of as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
