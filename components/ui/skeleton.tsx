import { classNames } from "#components/ui/class-names.ts";

/** The place of something that is on its way, in its size. */
export function Skeleton({ className }: { readonly className?: string | undefined }) {
  return <span aria-hidden="true" className={classNames("block animate-breathe rounded-sm bg-line", className)} />;
}
