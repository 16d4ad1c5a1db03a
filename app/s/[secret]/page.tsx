import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { DeadLink } from "#components/incident/dead-link.tsx";
import { FrozenPage } from "#components/incident/frozen-page.tsx";
import { sharedSnapshotView } from "#lib/views/shared-snapshot-view.ts";
import { shownKinds } from "../../kinds.ts";
import { openedStore } from "../../store.ts";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Snapshot — Pitwall", icons: { icon: "/icon-unknown.svg" } };

/** A frozen board, for whoever has the link. It reads the one sealed document and asks nothing else. */
export default async function Page({ params }: { readonly params: Promise<{ secret: string }> }) {
  const shared = await sharedSnapshotView(await openedStore(), (await params).secret, Date.now());
  if (!shared.ok) {
    if (shared.error.code === "not-found") notFound();
    return <DeadLink reason={shared.error.detail} />;
  }
  const { frozen, expiresAt, sha256 } = shared.value;
  return <FrozenPage frozen={frozen} expiresAt={expiresAt} sha256={sha256} kinds={await shownKinds()} />;
}
