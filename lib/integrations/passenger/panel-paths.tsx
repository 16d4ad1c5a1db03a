import { type RankedBar, RankedBars } from "#components/charts/ranked-bars.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { formatCount } from "#lib/core/unit.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import type { FindingDto } from "#lib/wire/board.ts";
import { severityOf } from "#lib/wire/reading.ts";

const mostPaths = 6;

interface Path {
  readonly path: string;
  readonly count: number;
  readonly queued: number;
  readonly oldestAgeS: number | null;
  readonly nodes: readonly string[];
}

/** The requests in flight on all hosts by path: those inside a process solid, those that wait for one lighter. */
export function Paths({
  detail,
  findings,
}: {
  readonly detail: PassengerDetail;
  readonly findings: readonly FindingDto[];
}) {
  const paths = pathsOf(detail);
  const unread = detail.nodes.filter((node) => node.pool !== null && node.requestsFailure !== null);
  if (paths.length === 0 && unread.length === 0) return null;
  return (
    <div className="mt-2 border-line border-t pt-1.5">
      <RankedBars bars={paths.slice(0, mostPaths).map((path) => barOf(path, findings))} />
      {paths.length > mostPaths && <p className="pt-1 text-faint text-xs">and {paths.length - mostPaths} more paths</p>}
      {unread.map((node) => (
        <p key={node.name} className="pt-1 text-faint text-xs">
          requests of {node.name} not read: {node.requestsFailure?.what}
        </p>
      ))}
    </div>
  );
}

function barOf(path: Path, findings: readonly FindingDto[]): RankedBar {
  const tone = toneOf(severityOf(findings, { subject: path.path }));
  const waiting = path.queued === 0 ? "" : `, ${path.queued} of them queued`;
  return {
    name: path.path,
    value: path.count,
    lighter: path.queued,
    tone,
    title: `${path.count} requests${waiting}, on ${path.nodes.join(", ")}`,
    figures: (
      <span className={tone === "quiet" ? "text-dim" : undefined}>
        {formatCount(path.count)}
        {path.oldestAgeS !== null && (
          <span className={toneText[tone]}> · {formatDuration(path.oldestAgeS * 1_000)}</span>
        )}
      </span>
    ),
  };
}

function pathsOf(detail: PassengerDetail): Path[] {
  const merged = new Map<string, Path>();
  for (const node of detail.nodes) {
    for (const group of node.requests ?? []) {
      const seen = merged.get(group.path);
      merged.set(group.path, {
        path: group.path,
        count: (seen?.count ?? 0) + group.count,
        queued: (seen?.queued ?? 0) + group.queued,
        oldestAgeS: older(seen?.oldestAgeS ?? null, group.oldestAgeS),
        nodes: [...(seen?.nodes ?? []), node.name],
      });
    }
  }
  return [...merged.values()].sort((a, b) => b.count - a.count || (b.oldestAgeS ?? 0) - (a.oldestAgeS ?? 0));
}

function older(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** `12 of 19 busy requests are /search`; only when one path stands out, else how many are in flight. */
export function requestSentence(detail: PassengerDetail): string {
  const total = detail.totals.inFlight;
  if (total === null) return "requests in flight not known";
  if (total === 0) return "no request in flight";
  const [first] = pathsOf(detail);
  if (first !== undefined && total >= 3 && first.count * 2 > total) {
    return `${formatCount(first.count)} of ${formatCount(total)} requests in flight are ${first.path}`;
  }
  return `${formatCount(total)} ${total === 1 ? "request" : "requests"} in flight`;
}
