import { foreignLine } from "#lib/core/foreign-text.ts";

/** Characters kept of what the other side said when it fails. */
const saidChars = 300;

/** What the other side said, for `Failure.said`: one line, bounded, harmless; nothing when it said nothing. */
export function said(raw: string | undefined): { readonly said?: string } {
  const text = raw === undefined ? "" : foreignLine(raw, saidChars);
  return text === "" ? {} : { said: text };
}
