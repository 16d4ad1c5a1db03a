export const redacted = "[secret]";

/** Fewer letters at the edge of a text that was cut off tell nothing. */
const leastPart = 6;
/** No text is cut off at fewer letters than this without a mark. */
const cutFrom = 120;

/**
 * Replaces known secret values in any text, in the forms they travel in: as they are, URL-encoded, JSON- and HTML-escaped, in
 * hex, and in base64 even where the secret is only a part of what was encoded (`user:password` of a Basic header). What is left
 * of one at the edge of a text that was cut goes as well.
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
  const byLength = [...pieces].sort((a, b) => b.length - a.length);
  const short = [...words].map((word) => `(?<![\\p{L}\\p{N}])${escapeRegex(word)}(?![\\p{L}\\p{N}])`);
  const pattern = new RegExp([...byLength.map(escapeRegex), ...short].join("|"), "gu");
  const cut = indexOf(byLength.filter((piece) => piece.length > leastPart && !piece.includes(between)));
  return (text) => withoutParts(text.replace(pattern, redacted), cut);
}

/** Pieces, ready to be found by a part: key files make a thousand of them. */
interface Index {
  /** By their first letters. */
  readonly starting: ReadonlyMap<string, readonly string[]>;
  readonly longest: number;
  /** All in one text, so that one search goes through them. */
  readonly joined: string;
}

const between = "\0";

function indexOf(pieces: readonly string[]): Index {
  return {
    starting: Map.groupBy(pieces, (piece) => piece.slice(0, leastPart)),
    longest: pieces[0]?.length ?? 0,
    joined: `${between}${pieces.join(between)}${between}`,
  };
}

/** A bound may have cut a secret in two before it could be recognised: at an ellipsis, or at the edge of a long text. */
function withoutParts(text: string, cut: Index): string {
  const long = text.length >= cutFrom;
  if (!long && !text.includes("…")) return text;
  const stretches = text.split("…");
  const last = stretches.length - 1;
  return stretches
    .map((stretch, index) => {
      const behind = index > 0 || long ? withoutEnding(stretch, cut) : stretch;
      return index < last || long ? withoutBeginning(behind, cut) : behind;
    })
    .join("…");
}

/** Takes away what a secret begins with, at the end of the text. */
function withoutBeginning(text: string, { starting, longest }: Index): string {
  for (let at = Math.max(0, text.length - longest + 1); at <= text.length - leastPart; at += 1) {
    const pieces = starting.get(text.slice(at, at + leastPart));
    if (pieces?.some((piece) => piece.startsWith(text.slice(at)))) return `${text.slice(0, at)}${redacted}`;
  }
  return text;
}

/** Takes away what a secret ends with, at the beginning of the text. */
function withoutEnding(text: string, { joined }: Index): string {
  if (text.length < leastPart) return text;
  const start = text.slice(0, leastPart);
  let length = 0;
  for (let at = joined.indexOf(start); at >= 0; at = joined.indexOf(start, at + 1)) {
    const rest = joined.slice(at, joined.indexOf(between, at));
    if (rest.length > length && text.startsWith(rest)) length = rest.length;
  }
  return length === 0 ? text : `${redacted}${text.slice(length)}`;
}

/** A key file may be quoted line by line; its first and last line are the same for everybody. */
function longLines(value: string): string[] {
  if (!value.includes("\n")) return [];
  return value.split(/\r?\n/).filter((line) => line.length >= 8 && !line.startsWith("-----"));
}

function formsOf(value: string): string[] {
  const url = encodeURIComponent(wellFormed(value));
  // RFC 3986, 2.2: what encodeURIComponent leaves is encoded by others.
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strict, encodeURI(wellFormed(value))].flatMap((one) => [one, one.replaceAll("%20", "+")]);
  const json = JSON.stringify(value).slice(1, -1);
  const hex = Buffer.from(value).toString("hex");
  return [
    ...[
      value,
      ...urls,
      ...urls.map(lowerEscapes),
      json,
      JSON.stringify(json).slice(1, -1),
      json.replaceAll("/", "\\/"),
    ],
    ...[escapeHtml(value, "&#39;"), escapeHtml(value, "&#x27;"), escapeHtml(value, "'")],
    ...[hex, hex.toUpperCase(), ...base64Forms(value)],
  ].filter((form) => form.length >= 4);
}

function lowerEscapes(url: string): string {
  return url.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());
}

function escapeHtml(text: string, apostrophe: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": apostrophe,
  };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);
}

/** The letters of base64 that depend on the secret alone, for each of the three ways it can lie in the encoded bytes. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const forms = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/={1,2}$/, "");
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
