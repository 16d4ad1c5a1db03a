"use client";

import { useState } from "react";
import type { RunHandles } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import { controlClass } from "#components/ui/field.tsx";
import { careFor, type Run, warningToHeed } from "#lib/wire/run.ts";

/**
 * The button under a plan. What can hurt asks for the service's name and the reason first; a warning to heed, such as a
 * deploy that goes on, for the reason.
 */
export function RunConfirmation({ run, confirm }: { readonly run: Run; readonly confirm: RunHandles["confirm"] }) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState(run.reason ?? "");
  const { plan } = run;
  if (plan === null) return null;
  const care = careFor(run.risk);
  const heavy = care === "retype" || care === "second-person";
  const warned = warningToHeed(run);
  const blocked = whatIsMissing(run, { heavy, warned: warned !== undefined }, typed, reason);
  const pending = confirm.isPending || confirm.isSuccess;
  const more = {
    ...(heavy ? { typed: typed.trim() } : {}),
    ...(heavy || warned !== undefined ? { reason: reason.trim() } : {}),
  };
  return (
    <form
      className="flex flex-wrap items-end justify-end gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (blocked === null && !pending) confirm.mutate({ planHash: plan.hash, ...more });
      }}
    >
      {warned !== undefined && (
        <p className="basis-full text-pretty text-warn text-xs [overflow-wrap:anywhere] sm:text-right">
          {warned.evidence}.
        </p>
      )}
      {(heavy || warned !== undefined) && (
        <label className="flex flex-col gap-1 text-dim text-xs max-sm:basis-full">
          <span>{warned === undefined ? "Why, for whoever reads it later" : "Why you go on all the same"}</span>
          <input
            type="text"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            className={`${controlClass} w-80 max-w-full max-sm:w-full`}
          />
        </label>
      )}
      {heavy && (
        <label className="flex flex-col gap-1 text-dim text-xs max-sm:basis-full">
          <span>
            Type <b className="text-text">{run.serviceName}</b> to confirm
          </span>
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className={`${controlClass} w-44 max-w-full max-sm:w-full`}
          />
        </label>
      )}
      <Button type="submit" variant={heavy ? "critical" : "primary"} pending={pending} blocked={blocked}>
        {care === "second-person" ? "Confirm and ask a second person" : plan.title}
      </Button>
    </form>
  );
}

function whatIsMissing(
  run: Run,
  { heavy, warned }: { readonly heavy: boolean; readonly warned: boolean },
  typed: string,
  reason: string,
): string | null {
  if ((heavy || warned) && reason.trim() === "") return "Say why first";
  if (!heavy) return null;
  return typed.trim() === run.serviceName ? null : `Type ${run.serviceName} first`;
}
