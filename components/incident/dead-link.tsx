import { BrandMark } from "#components/board/brand-mark.tsx";
import { Empty } from "#components/ui/empty.tsx";

/** A shared link that shows nothing any more: why, and whom to ask. */
export function DeadLink({ reason }: { readonly reason: string }) {
  return (
    <main className="mx-auto flex min-h-[80dvh] max-w-xl flex-col justify-center px-4">
      <p className="flex items-center justify-center gap-2 font-semibold tracking-tight">
        <BrandMark /> pitwall
      </p>
      <h1 className="sr-only">Snapshot</h1>
      <Empty title={`${reason}.`}>
        Check that the whole link was copied. If it was, ask whoever sent it to share the board again: links end after
        the time they were made for, and their makers can take them back.
      </Empty>
    </main>
  );
}
