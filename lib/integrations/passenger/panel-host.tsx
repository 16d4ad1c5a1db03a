"use client";

import { Slot } from "#components/charts/slots.tsx";
import { Button } from "#components/ui/button.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { NodeMark, OverlayLine } from "#components/ui/node-overlay.tsx";
import { Popover, PopoverClose } from "#components/ui/popover.tsx";
import { findingKey } from "#lib/core/finding.ts";
import { formatBytes, formatCount } from "#lib/core/unit.ts";
import type { PassengerApp, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { hostWords, processWords, stateOf } from "#lib/integrations/passenger/panel-words.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { findingsAbout, offersFor, overlayOf, severityOf } from "#lib/wire/reading.ts";

/** The host's name opens its figures and what can be done on it. */
export function HostName({
  node,
  service,
  now,
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: PanelProps["onAction"];
}) {
  const severity = severityOf(service.findings, { node: node.name });
  const mark = node.pool === null && node.failure?.kind !== "not-running" ? "unknown" : (severity ?? "ok");
  const overlay = overlayOf(service, { node: node.name }, now);
  const offers = onAction === null ? [] : offersFor(service.actions, "node", node.name);
  const [app] = node.apps;
  const only = node.apps.length === 1 && app !== undefined ? { app: app.name } : {};
  return (
    <Popover
      className="w-96"
      label={`${node.name}: processes and actions`}
      trigger={
        <button
          type="button"
          className="-ml-1 flex items-center gap-2 rounded-sm px-1 text-left hover:bg-raised coarse:min-h-9"
        >
          <NodeMark own={mark === "info" ? "ok" : mark} overlay={overlay} />
          {node.name}
        </button>
      }
    >
      <p className="font-semibold">{node.name}</p>
      <p className="mb-2 text-faint text-xs">{hostWords(node)}</p>
      <OverlayLine overlay={overlay} />
      {findingsAbout(service.findings, { node: node.name }).map((finding) => (
        <p key={findingKey(finding)} className="mb-1 [overflow-wrap:anywhere]">
          {finding.message}
        </p>
      ))}
      {node.apps.map((each) => (
        <AppTable key={each.name} app={each} />
      ))}
      {offers.length > 0 && (
        <div className="mt-3 flex flex-wrap gap-2">
          {offers.map(({ offer, params }) => (
            <PopoverClose key={offer.id} asChild>
              <Button size="sm" blocked={offer.blocked} onClick={() => onAction?.(offer.id, { ...only, ...params })}>
                {offer.title} …
              </Button>
            </PopoverClose>
          ))}
        </div>
      )}
    </Popover>
  );
}

function AppTable({ app }: { readonly app: PassengerApp }) {
  return (
    <div className="mt-2 border-line border-t pt-2">
      <KeyValues
        rows={[
          { name: app.label, value: app.cannotStart ? "cannot start" : `${app.processes.length} processes` },
          { name: "Queue", value: `${formatCount(app.queue)} of ${formatCount(app.queueLimit)}` },
          {
            name: "Memory",
            value: formatBytes(app.processes.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0)),
          },
        ]}
      />
      <ul className="mt-1.5 flex flex-col gap-0.5 text-xs">
        {app.processes.slice(0, 12).map((process) => (
          <li key={process.pid} className="flex items-center gap-2">
            <Slot state={stateOf(process)} />
            <span className="font-mono">{process.pid}</span>
            <span className="min-w-0 flex-1 truncate text-right text-dim">{processWords(process)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
