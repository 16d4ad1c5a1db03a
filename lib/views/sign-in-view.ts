import { readAccessSettings } from "#lib/access/identity/settings.ts";
import { proxyWordOf } from "#lib/access/vouched/proxy-word.ts";
import type { Store } from "#lib/store/open-store.ts";
import { hasPeople } from "#lib/store/people.ts";
import type { SignInView } from "#lib/wire/sign-in.ts";

/** What the page for signing in needs to know before anybody has. `headers` are those it was asked with. */
export async function signInView(store: Store, headers: Headers): Promise<SignInView> {
  const { anybody, settings } = await store.read(async (reading) => ({
    anybody: await hasPeople(reading),
    settings: await readAccessSettings(reading),
  }));
  const word = settings.proxyHeader === null ? null : proxyWordOf(headers);
  return {
    anybody,
    provider: settings.oidc?.name ?? null,
    proxyUser: word === null ? null : (word.person.email ?? word.person.subject),
  };
}
