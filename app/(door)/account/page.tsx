import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { AccountPage } from "#components/account/account-page.tsx";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { accountView } from "#lib/views/account-view.ts";
import { guardPage } from "../../guard-page.ts";

export const metadata: Metadata = { title: "Account — Pitwall" };

/** One's own account: how one signs in, and where one is signed in. */
export default async function Page() {
  const { store, actor } = await guardPage("/account");
  const now = Date.now();
  const view = await accountView(store, actor, sessionTokenOf(new Headers(await headers())), now);
  if (view === null) redirect("/sign-in");
  return <AccountPage view={view} now={now} />;
}
