import type { OidcProvider } from "#lib/access/vouched/provider.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findPersonBySubject } from "#lib/store/people.ts";
import { endVouchedSessions } from "#lib/store/sessions.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * The provider itself says that somebody signed out there, or was thrown out (OpenID Connect Back-Channel Logout 1.0): their
 * sessions that it opened end here, one of them or all. No browser is in between; the token's signature says who speaks.
 */
export async function endByProvider(
  store: Store,
  provider: OidcProvider,
  form: string,
  { from, now }: { readonly from: string | null; readonly now: number },
): Promise<Result<Response, Refusal>> {
  const token = new URLSearchParams(form).get("logout_token") ?? "";
  const told = await provider.loggedOut(token, now);
  if (!told.ok)
    return err({ code: "invalid-request", detail: "This is no logout token of the provider's for Pitwall." });
  const { subject, sid } = told.value;
  const { issuer, name } = provider.settings;
  await store.write(async (writing) => {
    const person = subject === null ? null : await findPersonBySubject(writing, issuer, subject);
    if (subject !== null && person === null) return;
    const ended = await endVouchedSessions(writing, { userId: person?.id ?? null, voucher: sid });
    if (ended === 0) return;
    const actor = { kind: "system", name, from } as const;
    const target = person?.email ?? "a session of the provider's";
    await insertAudit(writing, { at: now, actor, command: "revoke-sessions", target, after: { sessionsEnded: ended } });
  });
  return ok(new Response(null, { status: 200, headers: { "cache-control": "no-store" } }));
}
