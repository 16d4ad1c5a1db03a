import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

/**
 * Puts its children at a share of the width of what they stand in: `percent` from the left, in a place of no width and of
 * full height. Pages may carry no style attributes (their policy would not let them run), so an empty drawing of that
 * width stands before the place; it needs no script either.
 */
export function AtShare({
  percent,
  className,
  children,
}: {
  readonly percent: number;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <span className="pointer-events-none absolute inset-0 flex">
      <svg aria-hidden="true" width={`${percent}%`} height="1" className="flex-none" />
      <span className={classNames("pointer-events-auto relative w-0 flex-none", className)}>{children}</span>
    </span>
  );
}
