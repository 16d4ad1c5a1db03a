"use client";

import { QueueTicks } from "#components/charts/queue-ticks.tsx";
import { type RankedBar, RankedBars } from "#components/charts/ranked-bars.tsx";
import { Slot, type SlotItem, type SlotState, Slots, unnamedSlots } from "#components/charts/slots.tsx";
import { ActionBar } from "#components/ui/action-bar.tsx";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { FindingLines, SuggestedButton } from "#components/ui/finding-lines.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import { Popover, PopoverClose } from "#components/ui/popover.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { findingKey } from "#lib/core/finding.ts";
import { formatBytes, formatCount } from "#lib/core/unit.ts";
import type {
  PassengerApp,
  PassengerDetail,
  PassengerNode,
  PassengerProcess,
} from "#lib/integrations/passenger/detail.ts";
import type { BoardService, FindingDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { findingsAbout, lastMeasuredAt, offersFor, severityOf } from "#lib/wire/reading.ts";

type OnAction = PanelProps["onAction"];

/** More empty slots than this are told by the number alone. */
const mostSlots = 32;
const mostPaths = 6;

/** Told by the figures of the host's row, with the button that helps. */
const rowRules = ["queue", "queue-full", "pool-exhausted", "top-level-queue", "app-cannot-start"];
/** Told by a row or by the path it is about. */
const drawnRules = [...rowRules, "oldest-request", "requests-unread"];

/** Passenger is its processes and the requests stuck in them: one row for each host, then the paths that hold them. */
export default function PassengerPanel({ service, detail, now, onAction }: PanelProps<PassengerDetail>) {
  return (
    <>
      <LastReading
        failure={service.failure}
        firstWithinMs={service.intervalMs}
        readAt={lastMeasuredAt(service.trend)}
        now={now}
      >
        {detail === null ? null : (
          <>
            <ul className="grid grid-cols-[auto_minmax(0,1fr)_auto] gap-x-3">
              {detail.nodes.map((node) => (
                <HostRow key={node.name} node={node} service={service} onAction={onAction} />
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

function HostRow({
  node,
  service,
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly onAction: OnAction;
}) {
  if (node.pool === null) return <LostHost node={node} service={service} onAction={onAction} />;
  const about = findingsAbout(service.findings, { node: node.name, rules: rowRules });
  const tone = toneOf(about[0]?.severity ?? null);
  return (
    <li className="col-span-full grid grid-cols-subgrid items-center gap-y-1 py-1">
      <HostName node={node} service={service} onAction={onAction} />
      <span className="col-span-full row-start-2 flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 @md:col-span-1 @md:col-start-2 @md:row-start-1">
        {node.apps.map((app, index) => (
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
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly onAction: OnAction;
}) {
  const down = node.failure?.kind === "not-running";
  return (
    <li className="col-span-full grid grid-cols-subgrid items-center gap-y-1 py-1.5">
      <HostName node={node} service={service} onAction={onAction} />
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

/** The host's name opens its figures and what can be done on it. */
function HostName({
  node,
  service,
  onAction,
}: {
  readonly node: PassengerNode;
  readonly service: BoardService;
  readonly onAction: OnAction;
}) {
  const severity = severityOf(service.findings, { node: node.name });
  const mark = node.pool === null && node.failure?.kind !== "not-running" ? "unknown" : (severity ?? "ok");
  const offers = onAction === null ? [] : offersFor(service.actions, "node", node.name);
  const [app] = node.apps;
  const only = node.apps.length === 1 && app !== undefined ? { app: app.name } : {};
  return (
    <Popover
      label={`${node.name}: processes and actions`}
      trigger={
        <button
          type="button"
          className="-ml-1 flex items-center gap-2 rounded-sm px-1 text-left hover:bg-raised coarse:min-h-9"
        >
          <StatusMark mark={mark === "info" ? "ok" : mark} size="sm" />
          {node.name}
        </button>
      }
    >
      <p className="font-semibold">{node.name}</p>
      <p className="mb-2 text-faint text-xs">{hostWords(node)}</p>
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

function stateOf(process: PassengerProcess): SlotState {
  if (process.stuck) return "stuck";
  if (process.enabled !== null && process.enabled !== "ENABLED") return "leaving";
  return (process.sessions ?? 0) > 0 ? "busy" : "idle";
}

function processWords(process: PassengerProcess): string {
  const sessions = process.sessions ?? 0;
  const parts = [
    process.stuck ? "stuck" : sessions > 0 ? `${sessions} in it` : "idle",
    process.lastUsedAgoS === null ? null : `last request ${formatDuration(process.lastUsedAgoS * 1_000)} ago`,
    process.memoryBytes === null ? null : formatBytes(process.memoryBytes),
    process.enabled === null || process.enabled === "ENABLED" ? null : process.enabled.toLowerCase(),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

interface Path {
  readonly path: string;
  readonly count: number;
  readonly queued: number;
  readonly oldestAgeS: number | null;
  readonly nodes: readonly string[];
}

/** The requests in flight on all hosts by path: those inside a process solid, those that wait for one lighter. */
function Paths({ detail, findings }: { readonly detail: PassengerDetail; readonly findings: readonly FindingDto[] }) {
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
function requestSentence(detail: PassengerDetail): string {
  const total = detail.totals.inFlight;
  if (total === null) return "requests in flight not known";
  if (total === 0) return "no request in flight";
  const [first] = pathsOf(detail);
  if (first !== undefined && total >= 3 && first.count * 2 > total) {
    return `${formatCount(first.count)} of ${formatCount(total)} requests in flight are ${first.path}`;
  }
  return `${formatCount(total)} ${total === 1 ? "request" : "requests"} in flight`;
}

function slotWords(node: PassengerNode): string {
  const max = node.pool?.max ?? null;
  const used = node.pool?.capacityUsed ?? node.pool?.processes ?? null;
  return `${used === null ? "–" : formatCount(used)} / ${max === null ? "–" : formatCount(max)}`;
}

function emptySlots(node: PassengerNode): number {
  const max = node.pool?.max ?? 0;
  const used = node.pool?.capacityUsed ?? node.pool?.processes ?? 0;
  return max > mostSlots ? 0 : Math.max(0, max - used);
}

function hostWords(node: PassengerNode): string {
  if (node.pool === null) return node.failure?.what ?? "told nothing";
  const version = node.pool.version === null ? "Passenger" : `Passenger ${node.pool.version}`;
  return `${version} on ${node.host} · ${slotWords(node)} slots · ${formatCount(node.pool.queued)} queued`;
}

/** Findings that no row and no path shows. */
function untold(detail: PassengerDetail, findings: readonly FindingDto[]): FindingDto[] {
  const lost = detail.nodes.filter((node) => node.pool === null).map((node) => node.name);
  return findings.filter(
    (finding) => !drawnRules.includes(finding.rule) && !(finding.node !== undefined && lost.includes(finding.node)),
  );
}
