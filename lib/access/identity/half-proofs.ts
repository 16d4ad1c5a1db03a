import { cookiePrefixes } from "#lib/access/identity/cookie.ts";

/** Whose password was right, and whose second factor is still to come: better-auth tells it only to itself. */
export interface HalfProofs {
  /** Remembers whose the cookie is that an answer sets. */
  readonly note: (answer: Response, email: string) => void;
  /** Whose the request's cookie is; `null` when nobody's that is remembered. */
  readonly emailOf: (headers: Headers) => string | null;
}

/** More are not remembered at a time; the oldest is forgotten first, and then its code is counted for nobody. */
const mostProofs = 1_000;
const names = Object.values(cookiePrefixes).map((prefix) => `${prefix}.two_factor`);

export function createHalfProofs(): HalfProofs {
  const known = new Map<string, string>();
  return {
    note: (answer, email) => {
      for (const line of answer.headers.getSetCookie()) {
        const value = proofIn(line);
        if (value === undefined) continue;
        known.set(value, email);
        for (const oldest of known.keys()) {
          if (known.size <= mostProofs) break;
          known.delete(oldest);
        }
      }
    },
    emailOf: (headers) => known.get(proofIn(headers.get("cookie") ?? "") ?? "") ?? null,
  };
}

/** The cookie's value among others, or at the beginning of a line that sets it. */
function proofIn(cookies: string): string | undefined {
  const pairs = cookies.split(";").map((pair) => pair.trim());
  const found = names.flatMap((name) => pairs.find((pair) => pair.startsWith(`${name}=`)) ?? []).at(0);
  return found === undefined ? undefined : found.slice(found.indexOf("=") + 1);
}
