"use client";

import { useState } from "react";
import type { RunHandles } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import { controlClass } from "#components/ui/field.tsx";
import { careFor, type Run } from "#lib/wire/run.ts";

/** The button under a plan. What can hurt asks for the service's name and the reason first. */
export function RunConfirmation({ run, confirm }: { readonly run: Run; readonly confirm: RunHandles["confirm"] }) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState(run.reason ?? "");
  const { plan } = run;
  if (plan === null) return null;
  const care = careFor(run.risk);
  const heavy = care === "retype" || care === "second-person";
  const blocked = heavy ? whatIsMissing(run, typed, reason) : null;
  const pending = confirm.isPending || confirm.isSuccess;
  const more = heavy ? { typed: typed.trim(), reason: reason.trim() } : {};
  return (
    <form
      className="flex flex-wrap items-end justify-end gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (blocked === null && !pending) confirm.mutate({ planHash: plan.hash, ...more });
      }}
    >
      {heavy && (
        <>
          <label className="flex flex-col gap-1 text-dim text-xs">
            <span>Why, for whoever reads it later</span>
            <input
              type="text"
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              className={`${controlClass} w-64 max-w-full`}
            />
          </label>
          <label className="flex flex-col gap-1 text-dim text-xs">
            <span>
              Type <b className="text-text">{run.serviceName}</b> to confirm
            </span>
            <input
              type="text"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              className={`${controlClass} w-44 max-w-full`}
            />
          </label>
        </>
      )}
      <Button type="submit" variant={heavy ? "critical" : "primary"} pending={pending} blocked={blocked}>
        {care === "second-person" ? "Confirm and ask a second person" : plan.title}
      </Button>
    </form>
  );
}

function whatIsMissing(run: Run, typed: string, reason: string): string | null {
  if (reason.trim() === "") return "Say why first";
  return typed.trim() === run.serviceName ? null : `Type ${run.serviceName} first`;
}
