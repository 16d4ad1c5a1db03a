"use client";

import * as Radix from "radix-ui/popover";
import type { ReactElement, ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

/** A small window beside what opened it; closes on Escape and on a click elsewhere. `label` names it for screen readers. */
export function Popover({
  trigger,
  label,
  open,
  onOpenChange,
  align = "start",
  className,
  children,
}: {
  /** One element that accepts a ref and DOM props. */
  readonly trigger: ReactElement;
  readonly label: string;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly align?: "start" | "center" | "end";
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  const controlled = open === undefined ? {} : { open };
  return (
    <Radix.Root {...controlled} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={6}
          collisionPadding={10}
          className={classNames(
            "z-40 max-h-[var(--radix-popover-content-available-height)] w-80 max-w-[calc(100vw-1.25rem)] animate-enter",
            "overflow-y-auto rounded-lg border border-line-2 bg-surface p-3 shadow-float outline-none",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A button inside that closes the popover. */
export const PopoverClose = Radix.Close;
