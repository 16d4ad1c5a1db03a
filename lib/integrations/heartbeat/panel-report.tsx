"use client";

import { useSyncExternalStore } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { headerLine, reportLine, tokenLine } from "#lib/integrations/heartbeat/panel-words.ts";

/** Stands in a panel that was never told anything: what to put at the end of the job. */
export function HowToReport({ serviceId, first }: { readonly serviceId: string; readonly first: string }) {
  return (
    <div className="pt-1">
      <p className="flex items-center gap-2 font-medium">
        <StatusMark mark="unknown" label={null} /> Nothing was heard of it yet
      </p>
      <p className="mt-0.5 mb-3 text-dim">It is unknown until its first report. Due {first}.</p>
      <Steps serviceId={serviceId} />
    </div>
  );
}

/** The same for a job that reports already, behind a button. */
export function HowItReports({ serviceId }: { readonly serviceId: string }) {
  return (
    <Popover
      label="How it reports"
      className="w-[30rem]"
      trigger={
        <button
          type="button"
          className="text-dim text-xs underline-offset-2 hover:text-text hover:underline coarse:min-h-9"
        >
          How it reports
        </button>
      }
    >
      <Steps serviceId={serviceId} />
    </Popover>
  );
}

function Steps({ serviceId }: { readonly serviceId: string }) {
  const origin = useSyncExternalStore(
    () => () => undefined,
    () => window.location.origin,
    () => "",
  );
  return (
    <ol className="flex flex-col gap-3">
      <Step
        about="Put this after the job, on the same line of its crontab: it reports how the job ended."
        line={`; ${reportLine(origin, serviceId)}`}
      />
      <Step
        about="It sends a token that is good for this job alone. Make one where Pitwall runs, or under Settings → Tokens:"
        line={tokenLine(serviceId)}
      />
      <Step about="Keep it on the job's machine, readable by its user alone:" line={headerLine(serviceId)} />
    </ol>
  );
}

function Step({ about, line }: { readonly about: string; readonly line: string }) {
  return (
    <li>
      <p className="mb-1 text-dim text-xs">{about}</p>
      <div className="flex items-start gap-2">
        <code className="min-w-0 flex-1 select-all rounded-md border border-edge bg-bg px-2 py-1.5 font-mono text-xs [overflow-wrap:anywhere]">
          {line}
        </code>
        <CopyButton text={line} />
      </div>
    </li>
  );
}
