"use client";

import { useMutation } from "@tanstack/react-query";
import type { Asked } from "#components/audit/asked.ts";
import { Button } from "#components/ui/button.tsx";
import { problemDto } from "#lib/wire/problem.ts";

/** Takes what the filter lets through away as a file; that is audited. */
export function AuditExport({ filter }: { readonly filter: Asked }) {
  const take = useMutation({ mutationFn: (format: "csv" | "json") => download(format, filter) });
  return (
    <div className="flex flex-wrap items-center gap-2">
      {take.error !== null && (
        <span role="alert" className="text-crit text-xs">
          {take.error.message}
        </span>
      )}
      <Button pending={take.isPending && take.variables === "csv"} onClick={() => take.mutate("csv")}>
        Export CSV
      </Button>
      <Button pending={take.isPending && take.variables === "json"} onClick={() => take.mutate("json")}>
        Export JSON
      </Button>
    </div>
  );
}

async function download(format: "csv" | "json", filter: Asked): Promise<void> {
  const response = await fetch("/api/v1/audit/export", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ format, ...filter }),
  });
  if (!response.ok) {
    const problem = problemDto.safeParse(await response.json().catch(() => null));
    throw new Error(problem.success ? problem.data.detail : `Pitwall answered ${response.status}`);
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = `pitwall-audit.${format}`;
  link.click();
  URL.revokeObjectURL(url);
}
