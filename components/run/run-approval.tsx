"use client";

import type { RunHandles } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import type { Run } from "#lib/wire/run.ts";

/** A plan that was confirmed waits for somebody else. Who asked for it is told so by the server, whatever session he uses. */
export function RunApproval({ run, approve }: { readonly run: Run; readonly approve: RunHandles["approve"] }) {
  const { plan } = run;
  if (plan === null) return null;
  const confirmed = run.approvals?.find((approval) => approval.word === "confirmed");
  const send = (word: "approved" | "denied") => approve.mutate({ planHash: plan.hash, word });
  return (
    <>
      <p className="basis-full text-dim">
        {confirmed?.by ?? run.actor} confirmed it{confirmed?.reason ? `: “${confirmed.reason}”` : ""}. Somebody else
        must approve this plan.
      </p>
      <Button pending={approve.isPending} onClick={() => send("denied")}>
        Deny
      </Button>
      <Button variant="critical" pending={approve.isPending} onClick={() => send("approved")}>
        Approve: {plan.title}
      </Button>
    </>
  );
}
