import { readAccessSettings } from "#lib/access/identity/settings.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { PersonRow } from "#lib/store/people.ts";
import type { ProofWays } from "#lib/wire/sign-in.ts";

/** By what somebody can prove once more that it is them. A passkey may be in any browser: it is always offered. */
export async function proofWays(reading: Reading, person: PersonRow | null): Promise<ProofWays> {
  const { oidc } = await readAccessSettings(reading);
  const opens = oidc !== null && (person?.vouchedBy.includes(oidc.issuer) ?? false);
  return { password: person?.hasPassword ?? false, provider: opens ? oidc.name : null };
}
