import type { Store } from "#lib/store/open-store.ts";
import { hasPeople } from "#lib/store/people.ts";
import type { SignInView } from "#lib/wire/sign-in.ts";

/** What the page for signing in needs to know before anybody has. */
export async function signInView(store: Store): Promise<SignInView> {
  return { anybody: await store.read(hasPeople) };
}
