"use client";

import { useEffect, useRef } from "react";
import { DoorProblem, DoorTitle } from "#components/sign-in/door-frame.tsx";
import { leaveForProvider, tellProven } from "#components/sign-in/provider.ts";
import { RefusalNotice } from "#components/sign-in/refusal-notice.tsx";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { Spinner } from "#components/ui/spinner.tsx";

/** A window of its own for a fresh proof by the provider, so that what somebody was doing stays as it is meanwhile. */
export function ProvePage({ is }: { readonly is: "begun" | "done" | "refused" }) {
  const { problem, pending, attempt } = useProof(() => undefined);
  const leave = () =>
    attempt(async () => {
      await leaveForProvider({ prove: true });
      return { twoFactor: false };
    });
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    if (is === "begun") leave();
    if (is === "done") {
      tellProven();
      window.close();
    }
  });
  switch (is) {
    case "done":
      return <DoorTitle title="It is you">Close this window: the other one goes on by itself.</DoorTitle>;
    case "begun":
    case "refused":
      return (
        <>
          <DoorTitle title="Is it still you?" />
          {is === "refused" && <RefusalNotice />}
          {pending && (
            <p className="flex items-center gap-2 text-dim">
              <Spinner /> Asking the provider
            </p>
          )}
          <DoorProblem>{problem}</DoorProblem>
          {!pending && (
            <Button variant="primary" onClick={leave} className="mt-4 min-h-9 w-full">
              Try again
            </Button>
          )}
        </>
      );
    default:
      return is satisfies never;
  }
}
