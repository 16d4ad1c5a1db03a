import { APIError } from "better-auth/api";
import { insertAudit } from "#lib/store/audit.ts";
import type { IdentityTable } from "#lib/store/identity.ts";
import type { Writing } from "#lib/store/open-store.ts";
import { findPerson } from "#lib/store/people.ts";
import { takeCode } from "#lib/store/used-codes.ts";

/** Who asks better-auth for what: known before it is asked. */
export interface Asking {
  /** Below better-auth's own address: `/sign-in/email`. */
  readonly path: string;
  readonly from: string | null;
  /** The address of whose session the request carries; `null`: nobody's. */
  readonly email: string | null;
  /** Of an authenticator, as it was typed; `null` elsewhere. */
  readonly code: string | null;
  /** Whether this browser is known to the account that is asked for. */
  readonly isKnown: boolean;
}

export interface Written {
  readonly table: IdentityTable;
  readonly method: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What somebody did to their own account, by the write that does it. */
const deeds: Readonly<Record<string, string>> = {
  "/change-password account": "change-password",
  "/passkey/verify-registration passkey": "add-passkey",
  "/passkey/delete-passkey passkey": "remove-passkey",
  "/two-factor/verify-totp user": "turn-on-two-factor",
  "/two-factor/disable user": "turn-off-two-factor",
  "/two-factor/generate-backup-codes twoFactor": "renew-recovery-codes",
  "/sign-out session": "sign-out",
};

/** Writes down what better-auth did, in the transaction that does it. A closed account gets no session, and no code works twice. Throws then. */
export async function tellAudit(writing: Writing, asking: Asking, written: Written, now: number): Promise<void> {
  const { table, method, row } = written;
  if (table === "session" && method === "create") return await tellSession(writing, asking, row, now);
  const command = deeds[`${asking.path} ${table}`];
  if (command === undefined || asking.email === null) return;
  const actor = { kind: "person", name: asking.email, from: asking.from } as const;
  await insertAudit(writing, { at: now, actor, command, target: asking.email });
}

async function tellSession(writing: Writing, asking: Asking, row: Written["row"], now: number): Promise<void> {
  const person = await findPerson(writing, String(row.userId));
  if (person === null || person.disabledAt !== null) throw new APIError("UNAUTHORIZED", { code: "CLOSED" });
  // A password is half of the proof for whoever has a second factor: better-auth takes this session back at once.
  if (asking.path === "/sign-in/email" && person.twoFactor) return;
  const renewed = asking.path === "/two-factor/enable" || asking.path === "/two-factor/disable";
  if (renewed) return;
  if (asking.code !== null && !(await takeCode(writing, person.email, asking.code, now)))
    throw new APIError("UNAUTHORIZED", { code: "CODE_USED" });
  const actor = { kind: "person", name: person.email, from: asking.from } as const;
  const again = asking.email === person.email ? "prove-again" : "sign-in";
  await insertAudit(writing, { at: now, actor, command: again, target: person.email, after: { method: row.method } });
}
