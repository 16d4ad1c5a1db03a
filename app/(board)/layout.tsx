import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { BoardFrame } from "#components/board/board-frame.tsx";
import { themeCookie, themeOf } from "#components/board/theme.ts";
import { boardView } from "#lib/views/board-view.ts";
import { shownKinds } from "../kinds.ts";
import { openedStore } from "../store.ts";

export const dynamic = "force-dynamic";

/** All pages of the team stand on one board: painted here once, live from then on. */
export default async function BoardLayout({ children }: { readonly children: ReactNode }) {
  const theme = themeOf((await cookies()).get(themeCookie)?.value);
  const store = await openedStore();
  const [board, kinds] = await Promise.all([boardView(store, Date.now()), shownKinds()]);
  return (
    <BoardFrame board={board} kinds={kinds} theme={theme}>
      {children}
    </BoardFrame>
  );
}
