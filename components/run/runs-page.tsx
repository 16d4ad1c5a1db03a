"use client";

import { useQuery } from "@tanstack/react-query";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { RunList } from "#components/run/run-list.tsx";
import { RunsHead } from "#components/run/runs-head.tsx";
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
      <RunsHead here="runs">Everything that was done from this board, with who asked and how it was proven.</RunsHead>
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
