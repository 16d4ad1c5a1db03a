"use client";

import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";

/** A page that could not be made: a bug, or a store that does not answer. */
export default function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}) {
  return (
    <main className="mx-auto flex min-h-[70dvh] max-w-xl flex-col justify-center px-4">
      <h1 className="sr-only">Error</h1>
      <Empty mark="critical" title="Pitwall could not make this page. This says nothing about your services.">
        <p>
          Look at Pitwall's log where you started it
          {error.digest === undefined ? "" : `, for the number ${error.digest}`}. If its disk is full or its data folder
          is gone, mend that first.
        </p>
        <p className="mt-4">
          <Button variant="primary" onClick={reset}>
            Try again
          </Button>
        </p>
      </Empty>
    </main>
  );
}
