"use client";

import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";

/** A page that could not be made: a bug, or a store that does not answer. `digest` finds its line in the log. */
export function BrokenPage({ digest, onRetry }: { readonly digest: string | undefined; readonly onRetry: () => void }) {
  return (
    <div className="mx-auto flex min-h-[70dvh] max-w-xl flex-col justify-center px-4">
      <h1 className="sr-only">Error</h1>
      <Empty mark="critical" title="Pitwall could not make this page. This says nothing about your services.">
        <p>
          Look at Pitwall's log where you started it
          {digest === undefined ? "" : `, for the number ${digest}`}. If its disk is full or its data folder is gone,
          mend that first.
        </p>
        <p className="mt-4">
          <Button variant="primary" onClick={onRetry}>
            Try again
          </Button>
        </p>
      </Empty>
    </div>
  );
}
