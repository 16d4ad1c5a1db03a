import { longestGroup, mostGroups, type VouchedPerson } from "#lib/access/vouched/person.ts";
import type { OidcSettings } from "#lib/core/access-settings.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { emailAddress } from "#lib/wire/sign-in.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** What a provider says of one sign-in, after its token was found good. */
export interface Proof {
  readonly person: VouchedPerson;
  /** When the person last proved who they are, there; `null`: it does not say. */
  readonly provedAt: number | null;
  /** The provider's name for its own session, by which it can end ours. */
  readonly sid: string | null;
}

/** Reads the claims of a good ID token, and of the user info where that was asked for. Pure. */
export function proofOf(issuer: string, claims: Claims, groupsClaim: string): Proof {
  const email = emailAddress.safeParse(claims.email);
  const { auth_time: authTime, email_verified: verified } = claims;
  return {
    person: {
      by: "oidc",
      source: issuer,
      subject: String(claims.sub),
      email: email.success ? email.data : null,
      emailVerified: email.success ? saidOf(verified) : null,
      name: lineOf(claims.name) ?? lineOf(claims.preferred_username),
      groups: groupsIn(claims, groupsClaim) ?? [],
    },
    provedAt: typeof authTime === "number" ? authTime * 1_000 : null,
    sid: typeof claims.sid === "string" && claims.sid.length <= 300 ? claims.sid : null,
  };
}

/** Some providers write `"true"`. What is neither is not known. */
function saidOf(verified: unknown): boolean | null {
  if (verified === true || verified === "true") return true;
  return verified === undefined || verified === null ? null : false;
}

function lineOf(value: unknown): string | null {
  const line = typeof value === "string" ? foreignLine(value, 120).trim() : "";
  return line === "" ? null : line;
}

/** The names of groups at a claim, or at the end of a way like `realm_access.roles`; `null` when there is no such claim. */
export function groupsIn(claims: Claims, at: string): string[] | null {
  const found = Object.hasOwn(claims, at) ? claims[at] : at.split(".").reduce<unknown>(within, claims);
  if (found === undefined || found === null) return null;
  const names = Array.isArray(found) ? found : [found];
  return names
    .slice(0, mostGroups)
    .filter((name): name is string => typeof name === "string" && name !== "" && name.length <= longestGroup);
}

function within(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Claims)[key];
}

/** Why the provider's way of checking is not enough; `null` when it is. What it does not say counts as not done. Pure. */
export function weakness(claims: Claims, { acr, amr }: OidcSettings["require"]): string | null {
  const ways = Array.isArray(claims.amr) ? claims.amr.filter((way) => typeof way === "string") : [];
  if (amr.length > 0 && !ways.some((way) => amr.includes(way))) {
    const told =
      ways.length === 0 ? "it does not say how it checked" : `it checked by ${foreignLine(ways.join(", "), 100)}`;
    return `${told}, and Pitwall asks for ${amr.join(" or ")}`;
  }
  if (acr.length > 0 && !(typeof claims.acr === "string" && acr.includes(claims.acr))) {
    const told = typeof claims.acr === "string" ? `its level is ${foreignLine(claims.acr, 100)}` : "it tells no level";
    return `${told}, and Pitwall asks for ${acr.join(" or ")}`;
  }
  return null;
}
