import type { ReactNode } from "react";

/** A key of the keyboard. */
export function Kbd({ children }: { readonly children: ReactNode }) {
  return (
    <kbd className="inline-flex min-w-4 justify-center rounded-sm border border-line-2 px-1 font-sans text-2xs text-faint">
      {children}
    </kbd>
  );
}
