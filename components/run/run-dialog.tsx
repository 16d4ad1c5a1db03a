"use client";

import Link from "next/link";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { RunBody } from "#components/run/run-body.tsx";
import { RunControls } from "#components/run/run-controls.tsx";
import { runStateWords } from "#components/run/run-words.ts";
import { useRun } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** A run over the board. Closing it stops nothing: the service's panel and the run's page go on showing it. */
export function RunDialog({
  runId,
  onClose,
  onAgain,
  onUndo,
}: {
  readonly runId: string;
  readonly onClose: () => void;
  readonly onAgain: (run: Run) => void;
  readonly onUndo: (runId: string) => void;
}) {
  const now = useBoardNow();
  const { query, ...handles } = useRun(runId);
  const run = query.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="lg"
      title={run?.plan?.title ?? run?.title ?? "Run"}
      description={run === undefined ? "Reading the run" : descriptionOf(run)}
      footer={
        run !== undefined && (
          <RunControls run={run} now={now} handles={handles} onAgain={() => onAgain(run)} onUndo={onUndo}>
            <Link href={`/runs/${encodeURIComponent(run.id)}`} className="text-dim hover:text-text hover:underline">
              Open its page
            </Link>
            {(isEnded(run.state) || run.cancelRequested) && <Button onClick={onClose}>Close</Button>}
          </RunControls>
        )
      }
    >
      {run !== undefined ? (
        <RunBody run={run} now={now} />
      ) : query.error !== null ? (
        <Empty mark="critical" title="This run cannot be shown">
          {query.error.message}
        </Empty>
      ) : (
        <div className="p-5">
          <Skeleton className="h-24" />
        </div>
      )}
    </Dialog>
  );
}

function descriptionOf(run: Run): string {
  const effect = run.plan?.effect;
  return effect === undefined ? `${run.serviceName} · ${runStateWords[run.state].words}` : effect;
}
