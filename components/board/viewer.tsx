"use client";

import { createContext, type ReactNode, useContext } from "react";
import { type Lacks, lacksOver, type Viewer } from "#lib/wire/viewer.ts";

const ViewerContext = createContext<Viewer | null>(null);

/** Tells everything below who looks. */
export function ViewerProvider({ viewer, children }: { readonly viewer: Viewer; readonly children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

/** Who looks; `null` on a board that stands alone, where nobody is signed in. */
export function useViewer(): Viewer | null {
  return useContext(ViewerContext);
}

const nothing: Lacks = { respond: null, act: null, actAtHighRisk: null };

/** Why the viewer may not press what acts over services of that group, over everything, or over whatever he has a role for. */
export function useLacks(over: { readonly group: string | null } | "all" | "own"): Lacks {
  const viewer = useViewer();
  if (viewer === null) return nothing;
  if (over === "own") return viewer.anywhere;
  return over === "all" ? viewer.everywhere : lacksOver(viewer, over.group);
}
