import * as openid from "openid-client";
import { silenceWithin } from "#lib/access/vouched/provider-fetch.ts";
import type { OidcSettings } from "#lib/core/access-settings.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";

/** Why a sign-in by the provider came to nothing. */
export interface ProviderTrouble {
  readonly kind: "unavailable" | "misconfigured" | "refused" | "weak";
  /** For whoever wants to sign in: it tells a stranger nothing of what lies behind. */
  readonly detail: string;
  /** For the audit log. */
  readonly why: string;
}

/** What was learned does not fit what is configured. Thrown, to be told with what the library throws. */
export class Misconfigured extends Error {}

/** What an error of the library, of a token, or of the way to the provider means to a person. */
export function troubleOf({ name }: Pick<OidcSettings, "name">, cause: unknown): ProviderTrouble {
  const silence = silenceWithin(cause);
  if (silence !== null) {
    const detail = `${name} does not answer as it should. Accounts that have a password or a passkey here still sign in.`;
    return { kind: "unavailable", detail, why: silence.what };
  }
  if (cause instanceof Misconfigured) {
    const detail = `Signing in by ${name} is not set up right. Whoever administers Pitwall finds the reason in the audit log.`;
    return { kind: "misconfigured", detail, why: cause.message };
  }
  if (cause instanceof openid.AuthorizationResponseError) {
    const said = foreignLine(`${cause.error}${cause.error_description ? `: ${cause.error_description}` : ""}`, 200);
    return { kind: "refused", detail: `${name} did not let you in: ${said}.`, why: said };
  }
  if (cause instanceof openid.ResponseBodyError) {
    const said = foreignLine(`${cause.error}${cause.error_description ? `: ${cause.error_description}` : ""}`, 200);
    const kind = cause.error === "invalid_client" ? "misconfigured" : "refused";
    return { kind, detail: `${name} did not accept this sign-in. Try once more from the start.`, why: said };
  }
  if (cause instanceof openid.WWWAuthenticateChallengeError) {
    const said = cause.cause.map(({ parameters }) => parameters.error_description ?? parameters.error ?? "").join("; ");
    const why = `the client is not accepted: ${foreignLine(said, 200) || `status ${cause.status}`}`;
    return troubleOf({ name }, new Misconfigured(why));
  }
  const why = foreignLine(wordsOf(cause), 300);
  return {
    kind: "refused",
    detail: `What ${name} answered does not prove who you are. Try once more from the start.`,
    why,
  };
}

/** The library says what, and its cause why. */
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "an error that says nothing";
  return cause.cause instanceof Error && cause.cause.message !== cause.message
    ? `${cause.message}: ${cause.cause.message}`
    : cause.message;
}
