"use client";

import { useQuery } from "@tanstack/react-query";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { RunList } from "#components/run/run-list.tsx";
import { Empty } from "#components/ui/empty.tsx";
import type { RunMark } from "#lib/wire/board.ts";
import { runsQuery } from "#lib/wire/queries.ts";

/** Everything that was done, newest first: who, what, and how it ended. */
export function RunsPage({ runs }: { readonly runs: readonly RunMark[] }) {
  const now = useBoardNow();
  const { data } = useQuery({ ...runsQuery, initialData: { runs: [...runs] } });
  return (
    <>
      <PageTitle page="Runs" />
      <div className="pt-5 pb-4">
        <h1 className="font-semibold text-xl tracking-tight">Runs</h1>
        <p className="text-dim">Everything that was done from this board, with who asked and how it was proven.</p>
      </div>
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        {data.runs.length === 0 ? (
          <Empty title="Nothing was run yet">
            Actions stand at the foot of each service's panel. Each is checked before it runs and proven after.
          </Empty>
        ) : (
          <RunList runs={data.runs} now={now} />
        )}
      </div>
    </>
  );
}
