"use client";

import { useRouter } from "next/navigation";
import { settingsHref } from "#components/board/pages.ts";
import { useViewer } from "#components/board/viewer.tsx";
import { signOut } from "#components/sign-in/sign-out.ts";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";

/** Who is signed in, and the ways to his account and out. */
export function ViewerMenu() {
  const viewer = useViewer();
  if (viewer === null) return null;
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Signed in as ${viewer.name}, ${viewer.role}`}
          className="flex min-h-8 items-center gap-2 rounded-md px-2 text-dim hover:bg-raised hover:text-text"
        >
          <PersonIcon />
          <span className="flex max-w-40 flex-col items-start text-xs leading-tight max-xl:hidden">
            <span className="max-w-full truncate text-text">{viewer.name}</span>
            <span className="text-faint">{viewer.role}</span>
          </span>
        </button>
      }
    >
      <ViewerItems />
    </Menu>
  );
}

/** The same as part of a longer menu. */
export function ViewerItems() {
  const router = useRouter();
  const viewer = useViewer();
  if (viewer === null) return null;
  return (
    <>
      <div className="px-2.5 pt-1 pb-1.5" data-viewer={viewer.email}>
        <span className="block truncate font-medium">{viewer.name}</span>
        <span className="block truncate text-faint text-xs">
          {viewer.email === viewer.name ? viewer.role : `${viewer.email} · ${viewer.role}`}
        </span>
      </div>
      <MenuSeparator />
      <MenuItem onSelect={() => router.push("/account")}>Account</MenuItem>
      <MenuItem onSelect={() => router.push(settingsHref(viewer))}>Settings</MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </>
  );
}

function PersonIcon() {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true" className="size-3.5 flex-none">
      <circle cx="7" cy="4.4" r="2.6" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M2 13a5 5 0 0 1 10 0" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
    </svg>
  );
}
