import type { Metadata } from "next";
import { SignInPage } from "#components/sign-in/sign-in-page.tsx";
import { signInView } from "#lib/views/sign-in-view.ts";
import { safeReturn } from "#lib/wire/sign-in.ts";
import { openedStore } from "../../store.ts";

export const metadata: Metadata = { title: "Sign in — Pitwall" };

/** Signing in. `?to=` is where to go then. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { to } = await searchParams;
  const view = await signInView(await openedStore());
  return <SignInPage view={view} to={safeReturn(typeof to === "string" ? to : null)} />;
}
