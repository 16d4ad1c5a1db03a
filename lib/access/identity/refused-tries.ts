import type { Actor } from "#lib/access/actor.ts";
import type { Store } from "#lib/store/open-store.ts";
import { addressOfAccount } from "#lib/store/people.ts";
import type { ProblemCode, Refusal } from "#lib/wire/problem.ts";

/** What somebody tried at each address where somebody may guess, in the audit log's words. */
const tries: Readonly<Record<string, string>> = {
  "/sign-in/email": "sign-in",
  "/passkey/verify-authentication": "sign-in",
  "/two-factor/verify-totp": "sign-in",
  "/two-factor/verify-backup-code": "sign-in",
  "/link/look": "use-link",
  "/link/use": "use-link",
  "/change-password": "change-password",
  "/two-factor/enable": "turn-on-two-factor",
  "/two-factor/disable": "turn-off-two-factor",
  "/two-factor/generate-backup-codes": "renew-recovery-codes",
};

export interface RefusedTry {
  /** Below better-auth's own address. */
  readonly path: string;
  readonly from: string | null;
  /** Of the account that was tried or is signed in; `null` when none was named. */
  readonly email: string | null;
}

/** A body without its shape was no try; these were. */
const told: ReadonlySet<ProblemCode> = new Set([
  "unauthorized",
  "forbidden",
  "too-many-requests",
  "reauthentication-needed",
  "gone",
]);

/**
 * Audits a try that failed; too many of them share a row. An address that no account has is not named: people type their
 * password into the wrong field. Throws the store's trouble.
 */
export async function noteRefusedTry(
  store: Pick<Store, "history" | "refuse">,
  { path, from, email }: RefusedTry,
  refusal: Refusal,
  now: number,
): Promise<void> {
  const command = tries[path];
  const guessed = refusal.code === "invalid-request" && refusal.detail === wrongPassword;
  if (command === undefined || !(told.has(refusal.code) || guessed)) return;
  const known = email === null ? null : addressOfAccount(store.history, email);
  const name = known ?? (email === null ? "nobody signed in" : "no account of ours");
  await store.refuse({ actor: stranger(name, from), command, target: name, at: now, after: { by: path } }, refusal);
}

/** Whoever asks without having proved who they are. */
export function stranger(name: string, from: string | null): Actor {
  return { kind: "person", id: null, name, from, method: "none", provedAt: null, grants: [], holds: [] };
}

/** What is answered where somebody who is signed in gives a wrong password. */
export const wrongPassword = "The password is wrong.";
