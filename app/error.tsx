"use client";

import { BrokenPage } from "#components/board/broken-page.tsx";

interface Broken {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}

/** Nothing could be painted, not even the frame around the page. */
export default function ErrorPage({ error, reset }: Broken) {
  return (
    <main>
      <BrokenPage digest={error.digest} onRetry={reset} />
    </main>
  );
}
