"use client";

import Link from "next/link";
import { useState } from "react";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { AcknowledgeHeal } from "#components/heal/acknowledge-heal.tsx";
import { budgetWords, ruleWords, standingMarks, standingWords } from "#components/heal/heal-words.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { HealRuleDto } from "#lib/wire/heal.ts";

/** Heal rules in words, each with how it stands and what is left of its budget. */
export function HealRules({
  rules,
  named = false,
}: {
  readonly rules: readonly HealRuleDto[];
  readonly named?: boolean;
}) {
  return (
    <ul>
      {rules.map((rule) => (
        <RuleLine key={`${rule.serviceId} ${rule.name}`} rule={rule} named={named} />
      ))}
    </ul>
  );
}

function RuleLine({ rule, named }: { readonly rule: HealRuleDto; readonly named: boolean }) {
  const { board, now } = useLiveBoard();
  const [asking, setAsking] = useState(false);
  const service = board.services.find(({ id }) => id === rule.serviceId);
  const { act } = useLacks({ group: service?.group ?? null });
  const action = service?.actions.find(({ id }) => id === rule.action)?.title ?? rule.action;
  const { stopped, acknowledged, standing } = rule;
  return (
    <li
      data-heal-rule={rule.name}
      data-standing={standing.kind}
      className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1.5 border-line border-t px-3.5 py-2 first:border-t-0"
    >
      <StatusMark mark={standingMarks[standing.kind]} size="sm" label={standing.kind} className="translate-y-px" />
      <span className="min-w-0 flex-[1_1_16rem] [overflow-wrap:anywhere]">
        {named && (
          <Link href={`/services/${encodeURIComponent(rule.serviceId)}`} className="font-medium hover:underline">
            {rule.serviceName}:{" "}
          </Link>
        )}
        <span className={standing.kind === "stopped" ? "font-medium text-crit" : "font-medium"}>
          {standingWords(rule, now)}
        </span>
        <span className="block text-dim">{ruleWords(rule, action)}</span>
        <span className="block text-faint text-xs">
          {budgetWords(rule)}
          {rule.minHealthy !== null && ` · ${rule.minHealthy} % must be well`}
          {stopped !== null && (
            <>
              {" · stopped "}
              <Age at={stopped.at} now={now} />
              {stopped.runId !== null && (
                <>
                  {" after "}
                  <Link href={`/runs/${encodeURIComponent(stopped.runId)}`} className="underline">
                    this run
                  </Link>
                </>
              )}
            </>
          )}
          {stopped === null && acknowledged !== null && (
            <>
              {` · last acknowledged by ${acknowledged.by} `}
              <Age at={acknowledged.at} now={now} />
              {`: ${acknowledged.words}`}
            </>
          )}
        </span>
      </span>
      {stopped !== null && (
        <Button variant="primary" blocked={act} onClick={() => setAsking(true)}>
          Acknowledge the stop …
        </Button>
      )}
      {asking && <AcknowledgeHeal rule={rule} onClose={() => setAsking(false)} />}
    </li>
  );
}
