"use client";

import { useState } from "react";
import type { Opened } from "#lib/wire/sign-in.ts";

/** Gives proofs one at a time and says what was refused. `pending` stays after a good one: the page is left then. */
export function useProof(onGood: (opened: Opened) => void) {
  const [problem, setProblem] = useState<string>();
  const [pending, setPending] = useState(false);
  const attempt = (work: () => Promise<Opened>) => {
    if (pending) return;
    setPending(true);
    setProblem(undefined);
    work().then(
      (opened) => {
        if (opened.twoFactor) setPending(false);
        onGood(opened);
      },
      (cause: unknown) => {
        setPending(false);
        setProblem(cause instanceof Error ? cause.message : "It did not work. Try again.");
      },
    );
  };
  return { problem, pending, attempt };
}
