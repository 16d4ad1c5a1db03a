"use client";

import { ActionBar } from "#components/ui/action-bar.tsx";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { Paths } from "#lib/integrations/passenger/panel-paths.tsx";
import { HostRow, rowRules } from "#lib/integrations/passenger/panel-rows.tsx";
import { requestSentence } from "#lib/integrations/passenger/panel-words.ts";
import type { FindingDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";

/** Told by a row or by the path it is about. */
const drawnRules = [...rowRules, "oldest-request", "requests-unread"];

/** Passenger is its processes and the requests stuck in them: one row for each host, then the paths that hold them. */
export default function PassengerPanel({ service, detail, now, onAction }: PanelProps<PassengerDetail>) {
  return (
    <>
      <LastReading
        failure={service.failure}
        firstWithinMs={service.intervalMs}
        checkedAt={service.checkedAt}
        readAt={service.detailAt ?? null}
        now={now}
      >
        {detail === null ? null : (
          <>
            <ul className="grid grid-cols-[auto_minmax(0,1fr)_auto] gap-x-3">
              {detail.nodes.map((node) => (
                <HostRow key={node.name} node={node} service={service} now={now} onAction={onAction} />
              ))}
            </ul>
            <Paths detail={detail} findings={service.findings} />
            <FindingLines
              findings={untold(detail, service.findings)}
              offers={service.actions}
              onAction={onAction}
              className="mt-2.5 border-line border-t pt-2"
            />
          </>
        )}
      </LastReading>
      <ActionBar
        sentence={detail === null || service.failure !== null ? undefined : requestSentence(detail)}
        offers={service.actions}
        onAction={onAction}
        findings={service.findings}
      />
    </>
  );
}

/** Findings that no row and no path shows. */
function untold(detail: PassengerDetail, findings: readonly FindingDto[]): FindingDto[] {
  const lost = detail.nodes.filter((node) => node.pool === null).map((node) => node.name);
  return findings.filter(
    (finding) => !drawnRules.includes(finding.rule) && !(finding.node !== undefined && lost.includes(finding.node)),
  );
}
