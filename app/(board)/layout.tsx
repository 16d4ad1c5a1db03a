import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { BoardFrame } from "#components/board/board-frame.tsx";
import { themeIn } from "#components/board/theme.ts";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runbooksView } from "#lib/views/runbook-view.ts";
import { viewerView } from "#lib/views/viewer-view.ts";
import { visitor } from "../guard-page.ts";
import { shownKinds } from "../kinds.ts";

export const dynamic = "force-dynamic";

/** All pages of the team stand on one board: painted here once, live from then on. */
export default async function BoardLayout({ children }: { readonly children: ReactNode }) {
  const kept = await cookies();
  const theme = themeIn((name) => kept.get(name)?.value);
  const visit = await visitor();
  // Nobody is signed in: the page's own guard leads away, and there is no board to put around it.
  if (visit === null) return children;
  const [board, kinds, runbooks] = await Promise.all([
    boardView(visit.store, visit.sight, Date.now()),
    shownKinds(),
    runbooksView(visit.store, visit.sight, knowKind),
  ]);
  const groups = board.services.map(({ group }) => group);
  const viewer = await viewerView(visit.store, visit.actor, groups);
  return (
    <BoardFrame board={board} kinds={kinds} theme={theme} viewer={viewer} runbooks={runbooks}>
      {children}
    </BoardFrame>
  );
}
