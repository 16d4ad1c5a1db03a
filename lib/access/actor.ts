import type { Holder } from "#lib/access/roles.ts";

/** How somebody proved who they are. `link` is a one-time link, `proxy` the word of a trusted proxy in front. */
export const signInMethods = ["password", "passkey", "oidc", "proxy", "link", "token", "command-line", "none"] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** Who asks. Every command takes one; the audit log names it. */
export interface Actor extends Holder {
  readonly kind: "person" | "token" | "system" | "rule";
  /** Of the account or the token; `null` for Pitwall itself and its rules. */
  readonly id: string | null;
  /** As the audit log and the timeline show it: the account's address, the token's name. */
  readonly name: string;
  /** Remote address, where there is one. */
  readonly from: string | null;
  readonly method: SignInMethod;
  /** When this session last proved who it is: high risk asks for a fresh proof. `null`: it never did. */
  readonly provedAt: number | null;
}

/** Pitwall itself: what the configuration, the clock or the poller does. It may everything, and is named in the log. */
export function systemActor(name: string): Actor {
  const grants = [{ role: "admin", group: null }] as const;
  return { kind: "system", id: null, name, from: null, method: "none", provedAt: null, grants, holds: [] };
}

/** A heal rule of one service: it may do to that one what a responder may, and so nothing that can hurt. */
export function ruleActor(service: { readonly id: string; readonly group: string | null }, rule: string): Actor {
  const grants = [{ role: "responder", group: service.group }] as const;
  const name = `heal rule ${rule} of ${service.id}`;
  return {
    kind: "rule",
    id: null,
    name,
    from: null,
    method: "none",
    provedAt: null,
    grants,
    holds: [],
    only: [service.id],
  };
}

/** Whether nobody stands behind it who would look at what comes of it. */
export function actsByItself({ kind }: Pick<Actor, "kind">): boolean {
  return kind === "system" || kind === "rule";
}

/** What is kept of who asked. */
export type Author = Pick<Actor, "kind" | "id" | "name" | "from">;

/** Whether two names are one account: by its id where both have one, else by the name, so that a doubt counts as the same. */
export function isSamePerson(a: Pick<Author, "id" | "name">, b: Pick<Author, "id" | "name">): boolean {
  return a.id !== null && b.id !== null ? a.id === b.id : a.name === b.name;
}
