import type { ProxyWord } from "#lib/access/vouched/proxy-word.ts";
import type { ProxyHeaders } from "#lib/core/access-settings.ts";

/** What a request's headers say of who asks. */
export type UserTold =
  | { readonly kind: "nobody" }
  | { readonly kind: "somebody"; readonly word: ProxyWord }
  /** A header came twice, or under a name that some programs take for the same, or is no text. */
  | { readonly kind: "unclear" };

const longestUser = 254;
/** Control characters, what is unseen or turns the direction, and what stands for bytes that are no UTF-8. */
const noText = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u;

/**
 * Reads the headers by which a trusted proxy says who asks, from the raw list: the first of two is a guess, and so is the
 * one that a proxy did not set beside the one that it did.
 */
export function userTold(rawHeaders: readonly string[], headers: ProxyHeaders): UserTold {
  const [user, email, name, groups] = [headers.user, headers.email, headers.name, headers.groups].map((wanted) =>
    wanted === null ? null : saidBy(rawHeaders, wanted),
  );
  if (user === undefined || email === undefined || name === undefined || groups === undefined) {
    return { kind: "unclear" };
  }
  if (user === null || user === "") return { kind: "nobody" };
  if (user.length > longestUser || [user, email ?? "", groups ?? ""].some((text) => noText.test(text)))
    return { kind: "unclear" };
  const listed = (groups ?? "").split(headers.separator).map((group) => group.trim());
  // By a name nobody is told apart: one that is no text is as good as none.
  const called = name === null || name === "" || /[\p{Cc}\ufffd]/u.test(name) ? null : name;
  const word = { user, email: email || null, name: called, groups: listed.filter((group) => group !== "") };
  return { kind: "somebody", word };
}

/** Takes those headers away, under every name that some program takes for theirs. */
export function dropUserHeaders(headers: Record<string, unknown>, { user, email, name, groups }: ProxyHeaders): void {
  const ours = new Set([user, email, name, groups].flatMap((one) => (one === null ? [] : [oneSpelling(one)])));
  for (const told of Object.keys(headers)) if (ours.has(oneSpelling(told))) delete headers[told];
}

/** `null`: it did not come; `undefined`: it came twice, or under another spelling. */
function saidBy(rawHeaders: readonly string[], wanted: string): string | null | undefined {
  const found: [name: string, value: string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (oneSpelling(name) === oneSpelling(wanted)) found.push([name, rawHeaders[index + 1] ?? ""]);
  }
  const [first, ...more] = found;
  if (first === undefined) return null;
  if (more.length > 0 || first[0].toLowerCase() !== wanted.toLowerCase()) return undefined;
  // Node reads bytes; proxies write UTF-8.
  return Buffer.from(first[1], "latin1").toString("utf8").trim();
}

/** CGI and its heirs turn dashes into underscores, so that two names become one. */
function oneSpelling(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
