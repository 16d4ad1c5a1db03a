"use client";

import { Heartbeats } from "#components/charts/heartbeats.tsx";
import { ActionBar } from "#components/ui/action-bar.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import { NodeMark, OverlayLine } from "#components/ui/node-overlay.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import type { Severity } from "#lib/core/status.ts";
import type { HttpDetail, HttpTarget } from "#lib/integrations/http/detail.ts";
import { beatsOf, beatWords, checkRows, markOf, resultWords, whyWords } from "#lib/integrations/http/panel-words.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { type NodeOverlay, overlayOf, severityOf } from "#lib/wire/reading.ts";

/** Told in the row of the target itself. */
const drawnRules = ["down", "not-checked", "slow"];

/** An endpoint is its heartbeats: one row for each address asked, the nodes first, then the way users take. */
export default function HttpPanel({ service, detail, now, onAction }: PanelProps<HttpDetail>) {
  const told = service.findings.filter((finding) => !drawnRules.includes(finding.rule));
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
            <Asked detail={detail} />
            <ul>
              {detail.targets.map((target, index) => (
                <TargetRow
                  key={target.name}
                  target={target}
                  service={service}
                  now={now}
                  apart={target.role === "balancer" && index > 0}
                />
              ))}
            </ul>
            <FindingLines
              findings={told}
              offers={service.actions}
              onAction={onAction}
              className="mt-2 border-line border-t pt-2"
            />
          </>
        )}
      </LastReading>
      <ActionBar offers={service.actions} onAction={onAction} />
    </>
  );
}

/** The very check, so that nobody has to look it up: `GET https://…/health · status 2xx`. */
function Asked({ detail }: { readonly detail: HttpDetail }) {
  return (
    <p className="mb-1 text-faint text-xs [overflow-wrap:anywhere]">
      <span className="font-mono">
        {detail.method} {detail.url}
      </span>
      {detail.expects.length > 0 && <span> expects {detail.expects.join(", ")}</span>}
    </p>
  );
}

function TargetRow({
  target,
  service,
  now,
  apart,
}: {
  readonly target: HttpTarget;
  readonly service: BoardService;
  readonly now: number;
  readonly apart: boolean;
}) {
  const severity = severityOf(service.findings, { node: target.name, rules: drawnRules });
  const overlay = overlayOf(service, { node: target.name }, now);
  const beats = beatsOf(service.trend, target.name);
  const why = whyWords(target);
  return (
    <li
      className={classNames("border-t py-1.5 first:border-t-0", apart ? "mt-1.5 border-line-2 pt-2.5" : "border-line")}
    >
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 @sm:grid-cols-[minmax(0,8.5rem)_minmax(0,1fr)_4.5rem]">
        <span className="flex min-w-0 items-center gap-2">
          <NodeMark own={markOf(target, severity)} overlay={overlay} />
          <span className="min-w-0 truncate" title={target.address ?? undefined}>
            {target.name}
          </span>
          {target.role === "balancer" && <span className="flex-none text-2xs text-faint">balancer</span>}
        </span>
        <Heartbeats
          beats={beats}
          label={beatWords(beats)}
          className="col-span-2 row-start-2 justify-self-end @sm:col-span-1 @sm:col-start-2 @sm:row-start-1 @sm:max-w-104"
        />
        <TimeButton target={target} severity={severity} overlay={overlay} />
      </div>
      {why !== null && (
        <p
          className={classNames(
            "mt-1 pl-4 text-xs [overflow-wrap:anywhere]",
            target.outcome.is === "unknown" ? "text-dim" : "text-text",
          )}
        >
          {why}
          {target.bodyStart !== null && target.bodyStart !== "" && (
            <span className="mt-0.5 line-clamp-2 font-mono text-dim">{target.bodyStart}</span>
          )}
        </p>
      )}
    </li>
  );
}

function TimeButton({
  target,
  severity,
  overlay,
}: {
  readonly target: HttpTarget;
  readonly severity: Severity | null;
  readonly overlay: NodeOverlay | null;
}) {
  return (
    <Popover
      align="end"
      label={`Last check of ${target.name}`}
      trigger={
        <button
          type="button"
          aria-label={`${target.name}: ${resultWords(target)}. Show the parts of the time`}
          className={classNames(
            "-mr-1 rounded-sm px-1 text-right hover:bg-raised coarse:min-h-9",
            severity === null ? "text-dim" : toneText[toneOf(severity)],
          )}
        >
          {resultWords(target)}
        </button>
      }
    >
      <p className="mb-2 font-semibold">{target.name}</p>
      <OverlayLine overlay={overlay} />
      <KeyValues rows={checkRows(target)} />
    </Popover>
  );
}
