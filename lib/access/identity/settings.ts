import type { Role } from "#lib/access/roles.ts";

/** What pitwall.yaml says of signing in, as the poller applied it. */
export interface AccessSettings {
  /** Where people reach Pitwall, without a path; `null`: at this machine's own names. */
  readonly url: string | null;
  /** A session that nobody uses ends after this. */
  readonly idleMs: number;
  /** It ends after this however busy it is. */
  readonly absoluteMs: number;
  /** For this long after a proof of who one is, high risk needs no other. */
  readonly freshMs: number;
  /** Roles that are worth nothing without a second factor. */
  readonly twoFactorRoles: readonly Role[];
}

/** What holds until the poller has applied a configuration. */
export const usualSettings: AccessSettings = {
  url: null,
  idleMs: 12 * 3_600_000,
  absoluteMs: 7 * 86_400_000,
  freshMs: 10 * 60_000,
  twoFactorRoles: [],
};
