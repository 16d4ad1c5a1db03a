"use client";

import { type ReactNode, useMemo, useState } from "react";
import { Finder } from "#components/board/finder.tsx";
import { HelpDialog } from "#components/board/help-dialog.tsx";
import { KindsProvider, type ShownKinds } from "#components/board/kinds.tsx";
import { LiveProvider } from "#components/board/live-provider.tsx";
import { SilenceWatch } from "#components/board/silence-watch.tsx";
import type { Theme } from "#components/board/theme.ts";
import { TopBar } from "#components/board/top-bar.tsx";
import { useShortcuts } from "#components/board/use-shortcuts.ts";
import { ViewerProvider } from "#components/board/viewer.tsx";
import { ShareDialog } from "#components/incident/share-dialog.tsx";
import { MomentProvider } from "#components/moment/moment-provider.tsx";
import { RunHost } from "#components/run/run-host.tsx";
import { RunbooksProvider } from "#components/runbook/runbooks.tsx";
import type { Board } from "#lib/wire/board.ts";
import type { RunbookMarkView } from "#lib/wire/runbook.ts";
import type { Viewer } from "#lib/wire/viewer.ts";

interface Given {
  readonly board: Board;
  readonly kinds: ShownKinds;
  readonly theme: Theme;
  readonly viewer: Viewer;
  readonly runbooks: readonly RunbookMarkView[];
  readonly children: ReactNode;
}

/** What all pages of the team have in common: the live board behind them, the top bar, and the dialogs. */
export function BoardFrame({ board, kinds, theme, viewer, runbooks, children }: Given) {
  return (
    <LiveProvider board={board}>
      <KindsProvider kinds={kinds}>
        <ViewerProvider viewer={viewer}>
          <MomentProvider>
            <RunbooksProvider runbooks={runbooks}>
              <RunHost>
                <Frame theme={theme}>{children}</Frame>
              </RunHost>
            </RunbooksProvider>
          </MomentProvider>
        </ViewerProvider>
      </KindsProvider>
    </LiveProvider>
  );
}

type OpenDialog = "finder" | "share" | "help" | null;

function Frame({ theme, children }: Pick<Given, "theme" | "children">) {
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const shortcuts = useMemo(
    () => ({
      "mod+k": () => setDialog("finder"),
      "/": () => setDialog("finder"),
      s: () => setDialog("share"),
      "?": () => setDialog("help"),
    }),
    [],
  );
  useShortcuts(shortcuts);
  return (
    <>
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the board
      </a>
      <TopBar
        theme={theme}
        onFind={() => setDialog("finder")}
        onShare={() => setDialog("share")}
        onHelp={() => setDialog("help")}
      />
      <main id="content" className="px-3 pb-8 sm:px-5">
        <SilenceWatch />
        {children}
      </main>
      {dialog === "finder" && <Finder onClose={close} onShare={() => setDialog("share")} />}
      {dialog === "share" && <ShareDialog onClose={close} />}
      {dialog === "help" && <HelpDialog onClose={close} />}
    </>
  );
}
