import type { ReactNode } from "react";
import { DoorFrame } from "#components/sign-in/door-frame.tsx";

export const dynamic = "force-dynamic";

/** The pages before the board: whoever is on them is nobody yet. */
export default function DoorLayout({ children }: { readonly children: ReactNode }) {
  return <DoorFrame>{children}</DoorFrame>;
}
