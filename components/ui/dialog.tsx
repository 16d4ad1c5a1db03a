"use client";

import * as Radix from "radix-ui/dialog";
import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

const widths = { sm: "sm:max-w-md", md: "sm:max-w-2xl", lg: "sm:max-w-[55rem]" } as const;

/** A modal window; on a phone a sheet from the bottom. Its body scrolls, header and footer stay in sight. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  footer,
  width = "md",
  children,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  /** What it will do, one or two sentences. */
  readonly description?: ReactNode;
  readonly footer?: ReactNode;
  readonly width?: keyof typeof widths;
  readonly children: ReactNode;
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          className={classNames(
            "fixed inset-x-0 bottom-0 z-40 mx-auto flex max-h-[94dvh] w-full animate-enter flex-col overflow-hidden",
            "rounded-t-xl border border-line-2 bg-surface shadow-dialog sm:top-[6vh] sm:bottom-auto sm:max-h-[88dvh]",
            "sm:w-[calc(100%-2.5rem)] sm:rounded-xl",
            widths[width],
          )}
        >
          <header className="flex items-start gap-3 border-line border-b px-4 pt-4 pb-3 sm:px-5.5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-balance font-semibold text-lg tracking-tight [overflow-wrap:anywhere]">
                {title}
              </Radix.Title>
              {description !== undefined && (
                <Radix.Description className="mt-1 text-dim">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close
              aria-label="Close"
              className="-mt-1 -mr-2 grid size-8 flex-none place-items-center rounded-md text-dim hover:bg-raised hover:text-text"
            >
              <svg viewBox="0 0 12 12" aria-hidden="true" className="size-3">
                <path d="m1.5 1.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
              </svg>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap items-center justify-end gap-2.5 border-line border-t px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5.5">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
