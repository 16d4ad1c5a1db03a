import type { Metadata } from "next";
import { WallPage } from "#components/wall/wall-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Wall — Pitwall", icons: { icon: "/icon-unknown.svg" } };

/** A board to hang up. Its secret stands behind the #, so this page is the same for everybody. */
export default function Page() {
  return <WallPage />;
}
