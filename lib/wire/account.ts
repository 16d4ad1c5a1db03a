import { z } from "zod";
import type { ProofWays } from "#lib/wire/sign-in.ts";

/** One's own account, as its page shows it. */
export interface AccountView {
  readonly email: string;
  readonly name: string;
  /** How this session was opened. */
  readonly method: string;
  readonly grants: readonly { readonly role: string; readonly group: string | null }[];
  readonly hasPassword: boolean;
  readonly proofs: ProofWays;
  /** Whether a proxy in front opens it. */
  readonly byProxy: boolean;
  readonly twoFactor: boolean;
  /** Whether a role of theirs is worth nothing until there is a second factor. */
  readonly needsTwoFactor: boolean;
  readonly passkeys: readonly { readonly id: string; readonly name: string; readonly madeAt: number | null }[];
  readonly sessions: readonly OwnSession[];
}

export interface OwnSession {
  readonly id: string;
  readonly current: boolean;
  readonly method: string;
  readonly from: string | null;
  /** Browser and system, as far as they tell. */
  readonly device: string;
  readonly seenAt: number;
  readonly openedAt: number;
}

export const endedSessions = z.object({ ended: z.number() });
