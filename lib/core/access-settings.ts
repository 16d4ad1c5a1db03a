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
  readonly proxyHeader: ProxyHeaderSettings | null;
  /** What the process that asks the OpenID provider may reach: `reach` of pitwall.yaml. */
  readonly reach: { readonly allow: readonly string[]; readonly deny: readonly string[] };
}

/** Who comes in by the word of another, and what they may here. */
export interface VouchedSettings {
  /** By the name of a group of theirs; `*` is whoever comes in at all. */
  readonly roles: Readonly<Record<string, GivenRole>>;
  /** Whether a verified address of theirs opens the account of that address here. */
  readonly linkByEmail: boolean;
}

export interface GivenRole {
  readonly role: Role;
  /** `null`: over everything. */
  readonly group: string | null;
}

export interface OidcSettings extends VouchedSettings {
  /** What its button says. */
  readonly name: string;
  /** Compared letter by letter with what the provider calls itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** Whether the client has a secret: without one PKCE alone binds the code to who asked for it. */
  readonly hasSecret: boolean;
  readonly scopes: readonly string[];
  /** A claim's name, or a way into one: `realm_access.roles`. */
  readonly groupsClaim: string;
  /** What the provider must say of how it checked; empty lists ask for nothing. */
  readonly require: { readonly acr: readonly string[]; readonly amr: readonly string[] };
}

/** Which headers of a trusted proxy say who asks. */
export interface ProxyHeaders {
  readonly user: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly groups: string | null;
  /** Between two groups of one header. */
  readonly separator: string;
}

export interface ProxyHeaderSettings extends VouchedSettings {
  readonly headers: ProxyHeaders;
  /** Where signing out leads, so that the proxy signs out as well; `null`: to Pitwall's own sign-in. */
  readonly signOut: string | null;
}
