"use client";

import type { ReactNode } from "react";
import { Sparkline } from "#components/charts/sparkline.tsx";
import { ActionBar } from "#components/ui/action-bar.tsx";
import { agoWords } from "#components/ui/age.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { formatCount, formatValue } from "#lib/core/unit.ts";
import type { HaproxyBackend, HaproxyDetail, HaproxyProcess } from "#lib/integrations/haproxy/detail.ts";
import { Servers } from "#lib/integrations/haproxy/panel-servers.tsx";
import {
  frontendWords,
  processWords,
  rateText,
  rotationSentence,
  rotationWords,
} from "#lib/integrations/haproxy/panel-words.ts";
import type { BoardService, FindingDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { findingsAbout, seriesOf, severityOf } from "#lib/wire/reading.ts";

/** Told by a cell, a coloured number or the line of the process. */
const drawnRules = [
  "server-down",
  "server-going-down",
  "server-not-checked",
  "server-planned-out",
  "restarted",
  "queue",
  "errors-5xx",
  "response-time",
  "process-unreachable",
];

/** A balancer is its backends, and a backend is a row of servers. */
export default function HaproxyPanel({ service, detail, now, onAction }: PanelProps<HaproxyDetail>) {
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
          <div className="flex flex-col gap-2">
            <FindingLines findings={untold(service.findings)} offers={service.actions} onAction={onAction} />
            <Backends detail={detail} service={service} now={now} onAction={onAction} />
            <Processes detail={detail} now={now} />
          </div>
        )}
      </LastReading>
      <ActionBar
        sentence={detail === null || service.failure !== null ? undefined : rotationSentence(detail)}
        offers={service.actions}
        onAction={onAction}
      />
    </>
  );
}

const heads = ["Backend", "Servers", "Sessions", "Queue", "Req/s", "5xx", "Resp avg"] as const;
const cell = "@2xl:table-cell @2xl:border-line @2xl:border-t @2xl:py-1.5 @2xl:pl-4 @2xl:align-middle @2xl:first:pl-0";

/** A table where there is room; on a phone each backend is a card with named numbers. */
function Backends({
  detail,
  service,
  now,
  onAction,
}: {
  readonly detail: HaproxyDetail;
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: PanelProps["onAction"];
}) {
  if (detail.backends.length === 0) return <p className="text-dim">No backend with servers.</p>;
  return (
    <table className="block w-full @2xl:table">
      <thead className="hidden text-2xs text-faint @2xl:table-header-group">
        <tr>
          {heads.map((head, index) => (
            <th
              key={head}
              scope="col"
              className={classNames(
                "whitespace-nowrap pb-1 font-normal",
                index > 0 && "pl-4",
                index > 1 ? "text-right" : "text-left",
              )}
            >
              {head}
            </th>
          ))}
          <td />
        </tr>
      </thead>
      <tbody className="block @2xl:table-row-group">
        {detail.backends.map((backend) => (
          <BackendRow key={backend.name} backend={backend} service={service} now={now} onAction={onAction} />
        ))}
      </tbody>
    </table>
  );
}

function BackendRow({
  backend,
  service,
  now,
  onAction,
}: {
  readonly backend: HaproxyBackend;
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: PanelProps["onAction"];
}) {
  const { findings } = service;
  const whole = severityOf(findings.filter(isWhole), { subject: backend.name });
  return (
    <tr className="grid grid-cols-4 items-center gap-x-3 gap-y-1.5 border-line border-t py-2 first:border-t-0 @2xl:table-row">
      <th
        scope="row"
        className={classNames("col-span-full truncate text-left font-semibold", cell, toneText[toneOf(whole)])}
      >
        {backend.name}
        <span className="font-normal text-faint @2xl:hidden"> · {rotationWords(backend)}</span>
      </th>
      <td className={classNames("col-span-full @2xl:w-full", cell)}>
        <Servers servers={backend.servers} service={service} now={now} onAction={onAction} />
      </td>
      <BackendFigures backend={backend} service={service} />
    </tr>
  );
}

function BackendFigures({ backend, service }: { readonly backend: HaproxyBackend; readonly service: BoardService }) {
  const about = (rule: string) =>
    toneText[toneOf(severityOf(service.findings, { subject: backend.name, rules: [rule] }))];
  const slow = findingsAbout(service.findings, { subject: backend.name, rules: ["response-time"] })[0];
  const answers = backend.errors5xxOf;
  return (
    <>
      <Figure name="Sessions" text={formatValue(backend.sessions, "count")} />
      <Figure
        name="Queue"
        text={formatValue(backend.queue, "count")}
        tone={about("queue") || ((backend.queue ?? 0) > 0 ? "" : "text-dim")}
      />
      <Figure name="Req/s" text={rateText(backend)} />
      <Figure
        name="5xx"
        text={formatValue(backend.errors5xxPercent, "percent")}
        tone={about("errors-5xx") || "text-dim"}
        title={
          answers === null
            ? "too few answers to judge"
            : `of ${formatCount(answers.responses)} answers in ${formatDuration(answers.overMs)}`
        }
      />
      <Figure
        name="Resp avg"
        text={formatValue(backend.times?.responseMs, "ms")}
        tone={toneText[toneOf(slow?.severity ?? null)]}
        title="HAProxy's average of its last 1024 requests"
      />
      <td className={classNames("col-span-3", cell)}>
        <Sparkline
          className="@2xl:w-24"
          atLeast={100}
          values={seriesOf(service.trend, "response_ms", "", backend.name)}
          limit={slow?.limit ?? null}
          tone={toneOf(slow?.severity ?? null)}
          label={`response time of ${backend.name} over the last minutes`}
        />
      </td>
    </>
  );
}

/** A number with its name over it where there is no head row. */
function Figure({
  name,
  text,
  tone = "",
  title,
}: {
  readonly name: string;
  readonly text: ReactNode;
  readonly tone?: string;
  readonly title?: string;
}) {
  return (
    <td title={title} className={classNames("whitespace-nowrap @2xl:text-right", cell, tone)}>
      <span className="block font-normal text-2xs text-faint @2xl:hidden">{name}</span>
      {text}
    </td>
  );
}

/** The processes and their doors: version, uptime, sessions; or why one of them tells nothing. */
function Processes({ detail, now }: { readonly detail: HaproxyDetail; readonly now: number }) {
  return (
    <ul className="flex flex-col gap-1 border-line border-t pt-2 text-dim text-xs">
      {detail.processes.map((process) => (
        <li key={process.name} className="flex items-baseline gap-2">
          <StatusMark mark={process.failure === null ? "ok" : "unknown"} size="xs" />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            <span className="text-text">{process.name}</span> {processWords(process)}
            {process.restart !== null && <RestartWords process={process} now={now} />}
          </span>
        </li>
      ))}
      {detail.frontends.length > 0 && (
        <li className="pl-[0.9375rem]">{detail.frontends.map(frontendWords).join("; ")}</li>
      )}
    </ul>
  );
}

function RestartWords({ process, now }: { readonly process: HaproxyProcess; readonly now: number }) {
  const { restart } = process;
  if (restart === null) return null;
  return (
    <span className={restart.lost.length > 0 ? "text-warn" : "text-text"}>
      {" "}
      · reloaded {agoWords(now - restart.seenAt)}, counters start anew
      {restart.lost.length > 0 && `; it forgot ${restart.lost.join(", ")}`}
    </span>
  );
}

/** A finding about the backend itself and not about one of its servers. */
function isWhole(finding: FindingDto): boolean {
  return finding.node === undefined && ["backend-down", "capacity", "on-backup"].includes(finding.rule);
}

/** `capacity` repeats what `backend-down` says of the same backend. */
function untold(findings: readonly FindingDto[]): FindingDto[] {
  const dead = findings.filter((finding) => finding.rule === "backend-down").map((finding) => finding.subject);
  return findings.filter(
    (finding) => !drawnRules.includes(finding.rule) && !(finding.rule === "capacity" && dead.includes(finding.subject)),
  );
}
