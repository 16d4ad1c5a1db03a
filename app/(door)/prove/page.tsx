import type { Metadata } from "next";
import { ProvePage } from "#components/sign-in/prove-page.tsx";

export const metadata: Metadata = { title: "Is it still you? — Pitwall" };

/** Proving by the provider once more who one is, in a window of its own. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { done, refused } = await searchParams;
  return <ProvePage is={done !== undefined ? "done" : refused !== undefined ? "refused" : "begun"} />;
}
