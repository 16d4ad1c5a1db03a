"use client";

import { BrokenPage } from "#components/board/broken-page.tsx";

interface Broken {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}

/** One page could not be made; the top bar and the live board behind it go on. */
export default function ErrorPage({ error, reset }: Broken) {
  return <BrokenPage digest={error.digest} onRetry={reset} />;
}
