import * as z from "zod";

const secret = z.string().min(20).max(100);

/** What a link that works once is for. */
export const linkPurposes = ["setup", "invite", "reset", "demo"] as const;
export type LinkPurpose = (typeof linkPurposes)[number];

export const linkQuestion = z.object({ secret });

/** What a link would do, for the page that asks before it is used. */
export const linkAnswer = z.object({
  purpose: z.enum(linkPurposes),
  /** Whose account it is; `null` while the first one has no address. */
  email: z.string().nullable(),
  /** Whether a password must be chosen. */
  needsPassword: z.boolean(),
});
export type LinkAnswer = z.infer<typeof linkAnswer>;

export const emailAddress = z
  .email()
  .max(254)
  .transform((email) => email.toLowerCase());

export const linkUse = z.object({
  secret,
  email: emailAddress.optional(),
  name: z.string().trim().min(1).max(120).optional(),
  password: z.string().max(1_000).optional(),
});

/** What comes of a proof: a session, or the question for the second factor. */
export const opened = z.object({ twoFactor: z.boolean() });
export type Opened = z.infer<typeof opened>;

/** Where to go after signing in: an address of this site, and of no other. */
export function safeReturn(told: string | null | undefined): string {
  return told !== null && told !== undefined && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(told) ? told : "/";
}

/** What the sign-in by a provider begins with: where to go then, or that it is a fresh proof of whoever is signed in. */
export const providerQuestion = z.object({ to: z.string().max(600).optional(), prove: z.boolean().optional() });

/** Where the browser is to go. */
export const leadsTo = z.object({ url: z.string().nullable() });

/** Why the provider's answer opened nothing, for the page that the browser comes back to. */
export const toldRefusal = z.object({
  detail: z.string(),
  /** Groups that the provider named, when none of them gives a role; `null`: it was not for that. */
  groups: z.array(z.string()).nullable(),
});
export type ToldRefusal = z.infer<typeof toldRefusal>;

/** By what whoever is signed in can prove once more that it is them, beside a passkey. */
export interface ProofWays {
  readonly password: boolean;
  /** Name of the OpenID provider that opens the account. */
  readonly provider: string | null;
}

/** What a stranger may know of this installation. */
export interface SignInView {
  /** Whether there is any account yet. */
  readonly anybody: boolean;
  /** What the button of the OpenID provider says; `null` where there is none. */
  readonly provider: string | null;
  /** Whom the proxy in front vouches for; `null`: nobody, or there is none. */
  readonly proxyUser: string | null;
}
