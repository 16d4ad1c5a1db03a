"use client";

import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useState } from "react";
import { BrandMark } from "#components/board/brand-mark.tsx";
import { LiveIndicator } from "#components/board/live-indicator.tsx";
import { pagesFor } from "#components/board/pages.ts";
import type { Theme } from "#components/board/theme.ts";
import { ThemeSwitch } from "#components/board/theme-switch.tsx";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useLacks, useViewer } from "#components/board/viewer.tsx";
import { ViewerItems, ViewerMenu } from "#components/board/viewer-menu.tsx";
import { HealingIndicator } from "#components/heal/healing-indicator.tsx";
import { AutomationDialog, AutomationSwitch } from "#components/run/automation-switch.tsx";
import { Button } from "#components/ui/button.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";

/** What stands above every page of the team. */
export function TopBar({
  theme,
  onFind,
  onShare,
  onHelp,
}: {
  readonly theme: Theme;
  readonly onFind: () => void;
  readonly onShare: () => void;
  readonly onHelp: () => void;
}) {
  const { respond } = useLacks("own");
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-line border-b bg-surface px-3 sm:px-5">
      <Link href="/" className="flex items-center gap-2 rounded-sm font-semibold text-md tracking-tight">
        <BrandMark />
        pitwall
      </Link>
      <Navigation />
      <span className="flex-1" />
      <button
        type="button"
        onClick={onFind}
        aria-label="Find a service or an action"
        aria-keyshortcuts="Control+K Meta+K /"
        className="flex min-h-8 items-center justify-between gap-3 rounded-md border border-line px-2.5 text-faint hover:border-edge 2xl:w-56"
      >
        <span className="max-2xl:hidden">Find a service or an action</span>
        <svg viewBox="0 0 14 14" aria-hidden="true" className="size-3.5 2xl:hidden">
          <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="m9.2 9.2 3.3 3.3" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
        </svg>
        <span className="max-2xl:hidden">
          <Kbd>⌘K</Kbd>
        </span>
      </button>
      <HealingIndicator />
      <LiveIndicator />
      <span className="max-xl:hidden">
        <AutomationSwitch serviceId={null} name="everything" />
      </span>
      <span className="max-xl:hidden">
        <ThemeSwitch initial={theme} />
      </span>
      <span className="max-xl:hidden">
        <Button blocked={respond} onClick={onShare} aria-keyshortcuts="s">
          Share snapshot
        </Button>
      </span>
      <span className="max-xl:hidden">
        <ViewerMenu />
      </span>
      <NarrowMenu onShare={onShare} onHelp={onHelp} />
    </header>
  );
}

/** The settings have several pages, and what rules did stands beside what people did. */
function isIn(pathname: string, href: string): boolean {
  if (href === "/") return pathname === "/";
  if (href === "/runs" && pathname.startsWith("/heals")) return true;
  return pathname.startsWith(href.startsWith("/settings/") ? "/settings/" : href);
}

function useOpenIncidents(): number {
  return useLiveBoard().board.incidents?.length ?? 0;
}

function Navigation() {
  const pathname = usePathname();
  const viewer = useViewer();
  const open = useOpenIncidents();
  return (
    <nav aria-label="Pages" className="ml-2 flex gap-0.5 max-lg:hidden">
      {pagesFor(viewer).map(({ href, title }) => {
        const here = isIn(pathname, href);
        return (
          <Link
            key={href}
            href={href}
            aria-current={here ? "page" : undefined}
            className={
              here ? "rounded-md bg-raised px-2.5 py-1 text-text" : "rounded-md px-2.5 py-1 text-dim hover:text-text"
            }
          >
            {title}{" "}
            {href === "/incidents" && open > 0 && (
              <span className="ml-0.5 rounded-sm bg-crit-bg px-1.5 text-crit">
                {open}
                <span className="sr-only"> open</span>
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

function NarrowMenu({ onShare, onHelp }: { readonly onShare: () => void; readonly onHelp: () => void }) {
  const router = useRouter();
  const viewer = useViewer();
  const { respond } = useLacks("own");
  const open = useOpenIncidents();
  const [automation, setAutomation] = useState(false);
  return (
    <span className="xl:hidden">
      <Menu
        trigger={
          <Button variant="quiet" aria-label="Menu" className="px-2">
            <svg viewBox="0 0 14 14" aria-hidden="true" className="size-3.5">
              <path d="M1 3h12M1 7h12M1 11h12" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
            </svg>
          </Button>
        }
      >
        {pagesFor(viewer)
          .filter(({ title }) => title !== "Settings")
          .map(({ href, title }) => (
            <MenuItem key={href} onSelect={() => router.push(href)}>
              {href === "/incidents" && open > 0 ? `${title} (${open})` : title}
            </MenuItem>
          ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setAutomation(true)}>Automation …</MenuItem>
        <MenuItem blocked={respond} onSelect={onShare}>
          Share snapshot …
        </MenuItem>
        <MenuItem onSelect={onHelp}>Keys and marks</MenuItem>
        <MenuSeparator />
        <ViewerItems />
      </Menu>
      {automation && <AutomationDialog serviceId={null} name="everything" onClose={() => setAutomation(false)} />}
    </span>
  );
}
