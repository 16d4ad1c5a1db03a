"use client";

import Link from "next/link";
import { CheckNow } from "#components/board/check-now.tsx";
import { Confirmation } from "#components/board/confirmation.tsx";
import { useKind } from "#components/board/kinds.tsx";
import { markOf, type ShownService } from "#components/board/shown-board.ts";
import type { OpenAction } from "#components/board/verdict-section.tsx";
import { CareLines } from "#components/incident/care-lines.tsx";
import { RunChip } from "#components/run/run-chip.tsx";
import { RunbookLine } from "#components/runbook/runbook-line.tsx";
import { Age } from "#components/ui/age.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";

/** One service: the frame that all kinds share, and its kind's own panel inside. */
export function ServicePanel({
  shown,
  now,
  onAction,
  linked = true,
}: {
  readonly shown: ShownService;
  readonly now: number;
  /** `null` where nobody may act: a frozen board. */
  readonly onAction: OpenAction | null;
  readonly linked?: boolean;
}) {
  const { service, freshness } = shown;
  const kind = useKind(service.kind);
  return (
    <Panel
      id={`service-${service.id}`}
      mark={markOf(shown)}
      stale={freshness.stale}
      title={
        linked ? (
          <Link href={`/services/${encodeURIComponent(service.id)}`} className="hover:underline">
            {service.name}
          </Link>
        ) : (
          service.name
        )
      }
      subtitle={`${kind?.title ?? service.kind} · ${service.summary}`}
      aside={
        <span className="flex items-baseline gap-1">
          {freshness.stale === null && <Confirmation service={service} className="mr-1" />}
          <Age at={service.checkedAt} now={now} never="not checked yet" />
          {onAction !== null && <CheckNow serviceId={service.id} name={service.name} group={service.group} />}
        </span>
      }
      className="h-full"
    >
      <CareLines service={service} now={now} mayAct={onAction !== null} className="mx-3.5" />
      {onAction !== null && <RunbookLine service={service} className="mx-3.5 mb-2" />}
      {service.activeRun !== null && <RunChip run={service.activeRun} linked={linked} />}
      {kind === undefined ? (
        <PanelBody>
          <Empty title={`This version of Pitwall has no panel for "${service.kind}"`}>
            <FindingLines findings={service.findings} offers={[]} onAction={null} />
          </Empty>
        </PanelBody>
      ) : (
        <kind.Panel
          service={service}
          detail={service.detail ?? null}
          now={now}
          onAction={onAction === null ? null : (actionId, params) => onAction(service.id, actionId, params)}
        />
      )}
    </Panel>
  );
}
