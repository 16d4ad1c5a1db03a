import { askDoor } from "#components/sign-in/ask-door.ts";
import { beginLeaving, tellSignedOut } from "#components/sign-in/signed-out.ts";
import { leadsTo } from "#lib/wire/sign-in.ts";

/**
 * Ends this session and leads to the sign-in, in all tabs of this browser; this one by way of whoever opened it where it is to be
 * ended there as well. A session that has ended already is signed out too.
 */
export async function signOut(): Promise<void> {
  beginLeaving();
  const led = await askDoor("/sign-out", leadsTo, { method: "POST", body: {} }).catch(() => ({ url: null }));
  tellSignedOut();
  window.location.replace(led.url ?? "/sign-in");
}
