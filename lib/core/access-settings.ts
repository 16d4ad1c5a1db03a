import type { Role } from "#lib/core/role.ts";

/** What pitwall.yaml says of signing in. It holds no secret. */
export interface AccessSettings {
  /** A session that nobody uses ends after this. */
  readonly idleMs: number;
  /** It ends after this however busy it is. */
  readonly longestMs: number;
  /** For this long after a proof of who one is, high risk needs no other. */
  readonly freshMs: number;
  /** Roles that are worth nothing without a second factor or a passkey. */
  readonly twoFactor: readonly Role[];
  readonly oidc: OidcSettings | null;
}

export interface OidcSettings {
  /** What its button says. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  /** By the name of a group of theirs. */
  readonly roles: Readonly<Record<string, { readonly role: Role; readonly group: string | null }>>;
  /** Whether a verified address of theirs opens the account of that address here. */
  readonly linkByEmail: boolean;
}
