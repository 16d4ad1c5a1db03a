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

/** What a stranger may know of this installation. */
export interface SignInView {
  /** Whether there is any account yet. */
  readonly anybody: boolean;
}
