import type { ReactNode } from "react";
import { BrandMark } from "#components/board/brand-mark.tsx";

/** One quiet card in the middle of the screen. */
export function DoorFrame({ children }: { readonly children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[25rem] flex-col justify-center px-4 py-10 sm:pb-[14dvh]">
      <p className="mb-5 flex items-center justify-center gap-2 font-semibold text-md tracking-tight">
        <BrandMark /> pitwall
      </p>
      <div className="rounded-xl border border-line bg-surface px-5 py-6 sm:px-7 sm:py-7">{children}</div>
    </main>
  );
}

/** A card's title with what to do there. */
export function DoorTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="mb-5">
      <h1 className="text-balance font-semibold text-lg tracking-tight">{title}</h1>
      {children !== undefined && <p className="mt-1 text-dim">{children}</p>}
    </div>
  );
}

/** What was refused, said where a screen reader hears it. */
export function DoorProblem({ children }: { readonly children: string | undefined }) {
  return (
    <p role="alert" className={children === undefined ? "sr-only" : "rounded-md bg-crit-bg px-3 py-2 text-crit"}>
      {children}
    </p>
  );
}
