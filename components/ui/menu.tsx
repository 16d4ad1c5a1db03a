"use client";

import * as Radix from "radix-ui/dropdown-menu";
import type { ReactElement, ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

/** A list of things to do, opened by a button; arrow keys, type-ahead and Escape work. */
export function Menu({
  trigger,
  align = "end",
  children,
}: {
  readonly trigger: ReactElement;
  readonly align?: "start" | "center" | "end";
  readonly children: ReactNode;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={10}
          className="z-40 min-w-48 max-w-80 animate-enter rounded-lg border border-line-2 bg-surface p-1 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** One thing to do. `blocked` is the reason it cannot be done now, shown under it. */
export function MenuItem({
  onSelect,
  hint,
  blocked = null,
  critical = false,
  children,
}: {
  readonly onSelect: () => void;
  readonly hint?: ReactNode;
  readonly blocked?: string | null;
  readonly critical?: boolean;
  readonly children: ReactNode;
}) {
  const under = blocked ?? hint;
  return (
    <Radix.Item
      disabled={blocked !== null}
      onSelect={onSelect}
      className={classNames(
        "flex cursor-pointer flex-col rounded-md px-2.5 py-1.5 outline-none coarse:py-2.5",
        "data-[disabled]:cursor-default data-[highlighted]:bg-raised",
        critical && "text-crit",
      )}
    >
      <span className={classNames(blocked !== null && "opacity-60")}>{children}</span>
      {under !== undefined && under !== null && <span className="text-faint text-xs">{under}</span>}
    </Radix.Item>
  );
}

/** A thin line between groups of items. */
export function MenuSeparator() {
  return <Radix.Separator className="mx-1 my-1 h-px bg-line" />;
}
