/** Characters kept of what the other side said when it fails. */
const saidChars = 300;

/** What the other side said, for `Failure.said`: one line, bounded, free of control characters; nothing when it said nothing. */
export function said(raw: string | undefined): { readonly said?: string } {
  const text = raw === undefined ? "" : plainText(raw, saidChars).replace(/\s+/g, " ").trim();
  return text === "" ? {} : { said: text };
}

/**
 * Text of a foreign program made safe to show: terminal sequences, control characters (but tab and line feed) and
 * direction overrides are taken out, and it is cut to `maxChars`.
 */
export function plainText(raw: string, maxChars: number): string {
  // Cut before scanning: a hostile text may be endless. What the sequences take away is why four times as much is looked at.
  const text = raw.length > 4 * maxChars ? raw.slice(0, 4 * maxChars) : raw;
  const clean = suspicious.test(text) ? text.replace(sequences, "").replace(suspiciousAll, "") : text;
  return clean.length > maxChars ? `${clean.slice(0, maxChars - 1)}…` : clean;
}

const unprintable = String.raw`[[\p{Cc}\p{Bidi_Control}]--[\t\n]]`;
const suspicious = new RegExp(unprintable, "v");
const suspiciousAll = new RegExp(unprintable, "gv");

const esc = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
const csi = String.fromCharCode(0x9b);
/** ECMA-48: control sequences (colour, cursor), strings (window title, links) ended by ST or BEL, and two-character escapes. */
const sequences = new RegExp(
  [
    `(?:${esc}\\[|${csi})[0-?]*[ -\\/]*[@-~]`,
    `${esc}[\\]PX^_][^${esc}${bell}]*(?:${esc}\\\\|${bell})?`,
    `${esc}[ -\\/]*[0-~]`,
  ].join("|"),
  "g",
);
