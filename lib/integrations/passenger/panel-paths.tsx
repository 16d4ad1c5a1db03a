import { type RankedBar, RankedBars } from "#components/charts/ranked-bars.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { formatCount } from "#lib/core/unit.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { type Path, pathsOf } from "#lib/integrations/passenger/panel-words.ts";
import type { FindingDto } from "#lib/wire/board.ts";
import { severityOf } from "#lib/wire/reading.ts";

const mostPaths = 6;

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
