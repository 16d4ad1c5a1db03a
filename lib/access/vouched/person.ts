import type { VouchedSettings } from "#lib/core/access-settings.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Who is vouched for, by the OpenID provider or by a trusted proxy, as far as it says. Foreign, but bounded. */
export interface VouchedPerson {
  readonly by: "oidc" | "proxy";
  /** Whose names `subject` is one of: the issuer, or the proxy. The same word of two of them means two people. */
  readonly source: string;
  /** What that source always calls this person by, and nobody else. */
  readonly subject: string;
  /** In small letters; `null`: it told none that could be one. */
  readonly email: string | null;
  /** `null`: it did not say. */
  readonly emailVerified: boolean | null;
  readonly name: string | null;
  readonly groups: readonly string[];
}

/** What of the many groups that a directory may name is looked at. */
export const mostGroups = 1_000;
export const longestGroup = 256;

/** Whose word it is that brings people in, and what it is worth. */
export interface Voucher extends VouchedSettings {
  /** What people call it: the provider's name, or the proxy. */
  readonly name: string;
  /** Where its roles stand in pitwall.yaml. */
  readonly place: "access: oidc: roles" | "access: proxyHeader: roles";
}

/** One who asks to be let in. */
export interface Admission {
  /** Whose account it must be; `null`: whoever it is. */
  readonly wanted: string | null;
  readonly from: string | null;
  readonly now: number;
}

export interface NotAdmitted extends Refusal {
  /** What was named, when none of it gives a role. */
  readonly groups?: readonly string[];
}
