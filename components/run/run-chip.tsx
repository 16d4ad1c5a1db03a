import Link from "next/link";
import { stateWordsOf } from "#components/run/run-words.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { RunMark } from "#lib/wire/board.ts";

/** One line in a service's panel: what is being done about it right now. */
export function RunChip({ run, linked = true }: { readonly run: RunMark; readonly linked?: boolean }) {
  const { mark, words } = stateWordsOf(run.state);
  const inside = (
    <>
      <StatusMark mark={mark} size="sm" className="translate-y-px" />
      <span className="font-medium">{run.title}</span>
      <span className="min-w-0 truncate text-dim">
        {words} · {run.actor}
      </span>
    </>
  );
  const className = "mx-3.5 mb-2 flex items-baseline gap-2 rounded-md border border-heal/35 bg-heal-bg px-2.5 py-1";
  if (!linked) return <p className={className}>{inside}</p>;
  return (
    <Link href={`/runs/${encodeURIComponent(run.id)}`} className={`${className} hover:border-heal`}>
      {inside}
    </Link>
  );
}
