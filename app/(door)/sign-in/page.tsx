import type { Metadata } from "next";
import { headers } from "next/headers";
import { SignInPage } from "#components/sign-in/sign-in-page.tsx";
import { signInView } from "#lib/views/sign-in-view.ts";
import { safeReturn } from "#lib/wire/sign-in.ts";
import { openedStore } from "../../store.ts";

export const metadata: Metadata = { title: "Sign in — Pitwall" };

/** Signing in. `?to=` is where to go then; `?refused=` the same after the provider's answer was no sign-in. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { to, refused, out } = await searchParams;
  const view = await signInView(await openedStore(), new Headers(await headers()));
  const led = refused ?? to;
  const by = refused !== undefined ? "refused" : out !== undefined ? "out" : "asked";
  return <SignInPage view={view} to={safeReturn(typeof led === "string" ? led : null)} by={by} />;
}
