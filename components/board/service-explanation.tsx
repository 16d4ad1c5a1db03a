"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { ConfirmChoice } from "#components/board/confirm-choice.tsx";
import { agoWords, wholeSeconds } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { BoardService } from "#lib/wire/board.ts";
import type { Explanation } from "#lib/wire/explain.ts";
import { explainQuery } from "#lib/wire/queries.ts";

/** What led to a service's status, step by step: cause, samples, and every rule with its numbers and limits. */
export function ServiceExplanation({
  service,
  now,
  at,
}: {
  readonly service: BoardService;
  readonly now: number;
  /** The moment in the past that is looked at; `null` is now. */
  readonly at: number | null;
}) {
  const { data } = useQuery({
    ...explainQuery(service.id, service.checkedAt, service.status, at),
    placeholderData: keepPreviousData,
  });
  if (data === undefined) return null;
  return (
    <div className="border-line border-t px-3.5 py-2.5" data-explanation={data.cause.role}>
      <Cause cause={data.cause} />
      <Samples told={data} now={now} />
      <ConfirmChoice told={data} mayAct={at === null} />
      <Rules rules={data.rules} />
    </div>
  );
}

function Heading({ children }: { readonly children: ReactNode }) {
  return <h3 className="mt-2.5 mb-1 font-medium text-faint text-xs first:mt-0">{children}</h3>;
}

function Name({ of }: { readonly of: { readonly serviceId: string; readonly name: string } }) {
  return (
    <Link href={`/services/${encodeURIComponent(of.serviceId)}`} className="font-medium hover:underline">
      {of.name}
    </Link>
  );
}

function Cause({ cause }: { readonly cause: Explanation["cause"] }) {
  if (cause.role === "none") return null;
  return (
    <>
      <Heading>{cause.role === "root" ? "Taken for the root" : "Taken for a symptom"}</Heading>
      {cause.role === "root" && (
        <p className="text-dim">
          {cause.symptoms.length === 0
            ? "Nothing upstream explains it, and nothing else follows from it."
            : "Nothing upstream explains it. From it follow: "}
          {cause.symptoms.map((each, index) => (
            <span key={each.serviceId}>
              {index > 0 && ", "}
              <Name of={each} />
            </span>
          ))}
        </p>
      )}
      <ol>
        {cause.followed.map((step) => (
          <li key={step.from.serviceId} data-followed={step.to.serviceId} className="py-0.5">
            <span className="[overflow-wrap:anywhere]">
              <Name of={step.from} /> because <Name of={step.to} /> <span className="text-dim">{step.to.words}</span>
            </span>
            <ul className="text-faint text-xs">
              {step.evidence.map((line) => (
                <li key={line} className="[overflow-wrap:anywhere]">
                  {line}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {cause.setAside.length > 0 && <Heading>Set aside</Heading>}
      <ul>
        {cause.setAside.map((each) => (
          <li key={each.serviceId} data-set-aside={each.serviceId} className="text-dim [overflow-wrap:anywhere]">
            <Name of={each} /> {each.words}: {each.why}
          </li>
        ))}
      </ul>
    </>
  );
}

function Samples({ told, now }: { readonly told: Explanation; readonly now: number }) {
  const { samples, confirmed, sampleAt, failure } = told;
  return (
    <>
      <Heading>Last samples</Heading>
      <p className="flex flex-wrap items-center gap-x-2 text-dim text-xs">
        {samples.map((sample) => (
          <span key={sample.at} className="inline-flex items-center gap-1 whitespace-nowrap">
            <StatusMark mark={sample.status} size="sm" />
            {wholeSeconds(Math.max(0, now - sample.at))}
          </span>
        ))}
        <span>{samples.length === 0 ? "none is kept" : "ago"}</span>
      </p>
      <p className="text-faint text-xs">
        {confirmed !== null && confirmed.n > 0 && `${confirmed.n} of ${confirmed.of} polls, ${confirmed.state}. `}
        {sampleAt !== null && `Rules were read from the sample of ${agoWords(Math.max(0, now - sampleAt))}`}
        {failure !== null && `${sampleAt === null ? "The" : "; the"} last poll brought nothing: ${failure}`}
      </p>
    </>
  );
}

function Rules({ rules }: { readonly rules: Explanation["rules"] }) {
  if (rules.length === 0) return null;
  return (
    <details className="mt-2.5">
      <summary className="cursor-pointer font-medium text-faint text-xs hover:text-text">
        All {rules.length} rules with their numbers
      </summary>
      <ul className="mt-1">
        {rules.map((rule) => (
          <li key={rule.id} data-rule={rule.id} className="border-line border-t py-1.5 first:border-t-0">
            <span title={rule.help}>{rule.title}</span>{" "}
            <span className="text-faint text-xs">
              <span className="font-mono">{rule.id}</span>
              {rule.off ? " · off" : rule.limits === null ? "" : ` · ${rule.limits}`}
              {rule.overridden && " · set in pitwall.yaml"}
            </span>
            <ul className="text-dim text-xs">
              {rule.readings.map((reading) => (
                <li
                  key={`${reading.node} ${reading.subject} ${reading.message}`}
                  className="flex items-baseline gap-1.5"
                >
                  {reading.verdict !== "not measured" && <StatusMark mark={reading.verdict} size="sm" />}
                  <span className="min-w-0 [overflow-wrap:anywhere]">
                    {reading.message ??
                      `${[reading.node, reading.subject].filter((part) => part !== null).join(" / ")} ${reading.value ?? "not measured"}`}
                  </span>
                </li>
              ))}
              {rule.more > 0 && <li>and {rule.more} more</li>}
              {rule.readings.length === 0 && !rule.off && <li>found nothing</li>}
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}
