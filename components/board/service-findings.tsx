"use client";

import Link from "next/link";
import type { OpenAction } from "#components/board/verdict-section.tsx";
import { fittingRunbooks, runbookHref, useRunbooks } from "#components/runbook/runbooks.tsx";
import { agoWords } from "#components/ui/age.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SuggestedButton } from "#components/ui/finding-lines.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { findingKey } from "#lib/core/finding.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { RunbookMarkView } from "#lib/wire/runbook.ts";

/** Why a service has its status: every finding, where it comes from, and what would help. */
export function ServiceFindings({
  service,
  now,
  onAction,
}: {
  readonly service: BoardService;
  readonly now: number;
  /** `null` where nobody may act: the past. */
  readonly onAction: OpenAction | null;
}) {
  const { failure, findings } = service;
  const runbooks = fittingRunbooks(useRunbooks(), service);
  return (
    <PanelBody>
      {failure !== null && (
        <Notice mark="unknown" title={failure.what} said={failure.said}>
          {failure.advice}
        </Notice>
      )}
      {failure === null && findings.length === 0 && (
        <p className="text-dim">
          {service.checkedAt === null
            ? "It was not checked yet."
            : service.detail === null
              ? "What its rules found then is no longer kept."
              : `No rule found anything, ${agoWords(now - service.checkedAt)}.`}
        </p>
      )}
      <ul className={failure === null ? undefined : "mt-2 opacity-65 saturate-0"}>
        {findings.map((finding) => (
          <li
            key={findingKey(finding)}
            data-finding={finding.rule}
            className="flex items-start gap-2 border-line border-t py-2 first:border-t-0"
          >
            <StatusMark mark={finding.severity} size="sm" className="mt-[0.4rem]" />
            <span className="min-w-0 flex-1">
              <span className="[overflow-wrap:anywhere]">{finding.message}</span>
              <span className="block text-faint text-xs">
                rule <span className="font-mono">{finding.rule}</span>
                {finding.subject !== undefined && ` · ${finding.subject}`}
                {finding.pointsAt !== undefined && ` · points at ${finding.pointsAt}`}
              </span>
            </span>
            {onAction !== null && <FindingRunbooks runbooks={runbooks} serviceId={service.id} rule={finding.rule} />}
            <SuggestedButton
              finding={finding}
              offers={service.actions}
              onAction={onAction === null ? null : (actionId, params) => onAction(service.id, actionId, params)}
            />
          </li>
        ))}
      </ul>
    </PanelBody>
  );
}

/** The way to what is usually done about a finding of that rule. */
function FindingRunbooks({
  runbooks,
  serviceId,
  rule,
}: {
  readonly runbooks: readonly RunbookMarkView[];
  readonly serviceId: string;
  readonly rule: string;
}) {
  return runbooks
    .filter(({ when }) => when.includes(rule))
    .map(({ id, title }) => (
      <Link key={id} href={runbookHref(serviceId, id)} title={title} className={buttonClass("quiet", "sm")}>
        Runbook …
      </Link>
    ));
}
