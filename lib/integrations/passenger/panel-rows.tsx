"use client";

import { QueueTicks } from "#components/charts/queue-ticks.tsx";
import { type SlotItem, Slots, unnamedSlots } from "#components/charts/slots.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { SuggestedButton } from "#components/ui/finding-lines.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatCount } from "#lib/core/unit.ts";
import type { PassengerApp, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { HostName } from "#lib/integrations/passenger/panel-host.tsx";
import { emptySlots, processWords, slotWords, stateOf } from "#lib/integrations/passenger/panel-words.ts";
import type { BoardService, FindingDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { findingsAbout } from "#lib/wire/reading.ts";

type OnAction = PanelProps["onAction"];

/** Told by the figures of the host's row, with the button that helps. */
export const rowRules = ["queue", "queue-full", "pool-exhausted", "top-level-queue", "app-cannot-start"];

/** One host: its processes as squares, the queue before them, and the button that would help. */
export function HostRow({
  node,
  service,
  now,
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: OnAction;
}) {
  if (node.pool === null) return <LostHost node={node} service={service} now={now} onAction={onAction} />;
  const about = findingsAbout(service.findings, { node: node.name, rules: rowRules });
  const tone = toneOf(about[0]?.severity ?? null);
  return (
    <li className="col-span-full grid grid-cols-subgrid items-center gap-y-1 py-1">
      <HostName node={node} service={service} now={now} onAction={onAction} />
      <span className="col-span-full row-start-2 flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 @md:col-span-1 @md:col-start-2 @md:row-start-1">
        {byLabel(node.apps).map((app, index) => (
          <AppProcesses
            key={app.name}
            app={app}
            named={node.apps.length > 1}
            emptySlots={index === node.apps.length - 1 ? emptySlots(node) : 0}
          />
        ))}
        {node.apps.length === 0 && (
          <Slots items={unnamedSlots("empty", emptySlots(node), "free slot")} label="no process" />
        )}
        <QueueTicks count={node.pool.queued} tone={tone} />
      </span>
      <span
        title={about.map((finding) => finding.message).join("\n")}
        className={classNames(
          "col-start-3 row-start-1 flex flex-wrap items-center justify-end gap-x-3 gap-y-1 text-right",
          tone === "quiet" ? "text-dim" : toneText[tone],
        )}
      >
        {slotWords(node)} · {formatCount(node.pool.queued)} queued
        <HelpfulButton findings={about} service={service} onAction={onAction} />
      </span>
    </li>
  );
}

/** The button that the first of the findings with a remedy asks for. */
function HelpfulButton({
  findings,
  service,
  onAction,
}: {
  readonly findings: readonly FindingDto[];
  readonly service: BoardService;
  readonly onAction: OnAction;
}) {
  const finding = findings.find((each) => each.action !== undefined);
  if (finding === undefined) return null;
  return <SuggestedButton finding={finding} offers={service.actions} onAction={onAction} />;
}

/** A host nobody could look at, or where Passenger is not running: the reason in words, and what would help. */
function LostHost({
  node,
  service,
  now,
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: OnAction;
}) {
  const down = node.failure?.kind === "not-running";
  return (
    <li className="col-span-full grid grid-cols-subgrid items-center gap-y-1 py-1.5">
      <HostName node={node} service={service} now={now} onAction={onAction} />
      <span className="col-span-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <span
          className={classNames("min-w-0 flex-[1_1_12rem] [overflow-wrap:anywhere]", down ? "text-crit" : "text-dim")}
        >
          {down ? "Passenger is not running" : `unknown: ${node.failure?.what ?? "it told nothing"}`}
        </span>
        <HelpfulButton
          findings={findingsAbout(service.findings, { node: node.name })}
          service={service}
          onAction={onAction}
        />
      </span>
    </li>
  );
}

function AppProcesses({
  app,
  named,
  emptySlots,
}: {
  readonly app: PassengerApp;
  readonly named: boolean;
  readonly emptySlots: number;
}) {
  const busy = app.processes.filter((process) => (process.sessions ?? 0) > 0).length;
  const stuck = app.processes.filter((process) => process.stuck).length;
  const label = `${app.label}: ${app.processes.length} processes, ${busy} busy${stuck === 0 ? "" : `, ${stuck} stuck`}`;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
      {named && <span className="text-faint text-xs">{app.label}</span>}
      <Slots items={slotItems(app, emptySlots)} label={label} />
      {app.cannotStart && <span className="text-crit text-xs">cannot start</span>}
    </span>
  );
}

/** An app's processes as squares, then those being started and the free slots. */
function slotItems(app: PassengerApp, empty: number): SlotItem[] {
  return [
    ...app.processes.map((process) => ({
      id: `${process.pid}`,
      state: stateOf(process),
      title: `pid ${process.pid} · ${processWords(process)}`,
    })),
    ...unnamedSlots("starting", app.spawning ?? 0, "starting"),
    ...unnamedSlots("empty", empty, "free slot"),
  ];
}

/** Passenger lists its apps in any order; the same place on each host is what the eye compares. */
function byLabel(apps: readonly PassengerApp[]): PassengerApp[] {
  return [...apps].sort((a, b) => a.label.localeCompare(b.label));
}
