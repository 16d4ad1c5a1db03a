"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { Spinner } from "#components/ui/spinner.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

const variants = {
  primary: "border-accent bg-accent text-accent-ink hover:opacity-90",
  plain: "border-line-2 bg-raised text-text hover:bg-hover",
  critical: "border-crit/70 bg-crit-bg text-crit hover:border-crit",
  quiet: "border-transparent bg-transparent text-dim hover:bg-raised hover:text-text",
} as const;

const sizes = {
  md: "min-h-8 px-3 py-1 coarse:min-h-10",
  sm: "min-h-6 px-2 py-0.5 text-xs coarse:min-h-9 coarse:px-3",
} as const;

export type ButtonVariant = keyof typeof variants;

/** The classes of a button, for a link that looks like one. */
export function buttonClass(variant: ButtonVariant = "plain", size: keyof typeof sizes = "md"): string {
  return classNames(
    "inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors",
    "disabled:cursor-default disabled:opacity-50 aria-disabled:cursor-default aria-disabled:opacity-50",
    variants[variant],
    sizes[size],
  );
}

/**
 * A button. `pending` keeps its width, ignores clicks and says so; `blocked` is the reason it cannot be used now: it stays
 * reachable by keyboard and finger so that the reason can be read.
 */
export function Button({
  variant = "plain",
  size = "md",
  pending = false,
  blocked = null,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: Omit<ComponentProps<"button">, "className"> & {
  readonly variant?: ButtonVariant;
  readonly size?: keyof typeof sizes;
  readonly pending?: boolean;
  readonly blocked?: string | null;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  const reasonId = useId();
  const idle = !pending && blocked === null;
  const button = (
    <button
      {...rest}
      type={idle ? type : "button"}
      aria-disabled={idle ? undefined : true}
      aria-busy={pending || undefined}
      aria-describedby={blocked === null ? rest["aria-describedby"] : reasonId}
      className={classNames(buttonClass(variant, size), className)}
      onClick={idle ? onClick : undefined}
    >
      {pending && <Spinner />}
      {children}
      {blocked !== null && (
        <span id={reasonId} className="sr-only">
          {blocked}
        </span>
      )}
    </button>
  );
  return blocked === null ? button : <Tooltip text={blocked}>{button}</Tooltip>;
}
