export const redacted = "[secret]";

/**
 * Replaces known secret values in any text, in the forms they travel in: as they are, URL-encoded, JSON-escaped, and in
 * base64 even where the secret is only a part of what was encoded (`user:password` of a Basic header).
 */
export function redactor(values: Iterable<string>): (text: string) => string {
  const pieces = new Set<string>();
  const words = new Set<string>();
  for (const value of values) {
    for (const part of [value, ...longLines(value)]) {
      // A short secret is also a common word; replaced everywhere it would eat the text around it.
      if (part.length >= 4) for (const form of formsOf(part)) pieces.add(form);
      else if (part !== "") words.add(part);
    }
  }
  if (pieces.size + words.size === 0) return (text) => text;
  const byLength = [...pieces].sort((a, b) => b.length - a.length).map(escapeRegex);
  const short = [...words].map((word) => `(?<![\\p{L}\\p{N}])${escapeRegex(word)}(?![\\p{L}\\p{N}])`);
  const pattern = new RegExp([...byLength, ...short].join("|"), "gu");
  return (text) => text.replace(pattern, redacted);
}

/** A key file may be quoted line by line; its first and last line are the same for everybody. */
function longLines(value: string): string[] {
  if (!value.includes("\n")) return [];
  return value.split(/\r?\n/).filter((line) => line.length >= 16 && !line.startsWith("-----"));
}

function formsOf(value: string): string[] {
  const url = encodeURIComponent(wellFormed(value));
  const json = JSON.stringify(value).slice(1, -1);
  return [value, url, url.replaceAll("%20", "+"), url.toLowerCase(), json, ...base64Forms(value)].filter(
    (form) => form.length >= 4,
  );
}

/** The letters of base64 that depend on the secret alone, for each of the three ways it can lie in the encoded bytes. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const forms = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    return offset === 0 ? [encoded, encoded.slice(from, to)] : [encoded.slice(from, to)];
  });
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))].filter(
    (form) => form.length >= 6,
  );
}

/** A lone surrogate would make `encodeURIComponent` throw. */
function wellFormed(value: string): string {
  return value.toWellFormed();
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
