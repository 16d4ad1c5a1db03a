import type { Holder } from "#lib/access/roles.ts";

/** How somebody proved who they are. `link` is a one-time link, `proxy` the word of a trusted proxy in front. */
export const signInMethods = ["password", "passkey", "oidc", "proxy", "link", "token", "command-line", "none"] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** Who asks. Every command takes one; the audit log names it. */
export interface Actor extends Holder {
  readonly kind: "person" | "token" | "system";
  /** Of the account or the token; `null` for Pitwall itself. */
  readonly id: string | null;
  /** As the audit log and the timeline show it: the account's address, the token's name. */
  readonly name: string;
  /** Remote address, where there is one. */
  readonly from: string | null;
  readonly method: SignInMethod;
  /** When this session last proved who it is: high risk asks for a fresh proof. `null`: it never did. */
  readonly provedAt: number | null;
}

/** Pitwall itself: what a rule, the configuration or the poller does. It may everything, and is named in the log. */
export function systemActor(name: string): Actor {
  const grants = [{ role: "admin", group: null }] as const;
  return { kind: "system", id: null, name, from: null, method: "none", provedAt: null, grants, holds: [] };
}

/** What is kept of who asked. */
export type Author = Pick<Actor, "kind" | "id" | "name" | "from">;

/** Whether two names are one account: by its id where both have one, else by the name, so that a doubt counts as the same. */
export function isSamePerson(a: Pick<Author, "id" | "name">, b: Pick<Author, "id" | "name">): boolean {
  return a.id !== null && b.id !== null ? a.id === b.id : a.name === b.name;
}
