"use client";

import Link from "next/link";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { outcomeWords } from "#components/heal/heal-words.ts";
import { Age, wholeSeconds } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { HealDto } from "#lib/wire/heal.ts";

/** The ledger, a line each: what was found, what was done or not, and why. */
export function HealList({
  heals,
  now,
  named = true,
}: {
  readonly heals: readonly HealDto[];
  readonly now: number;
  readonly named?: boolean;
}) {
  return (
    <ul>
      {heals.map((heal) => (
        <HealLine key={heal.id} heal={heal} now={now} named={named} />
      ))}
    </ul>
  );
}

function HealLine({ heal, now, named }: { readonly heal: HealDto; readonly now: number; readonly named: boolean }) {
  const zone = useTimeZone();
  const { mark, words } = outcomeWords[heal.outcome];
  const inside = (
    <>
      <StatusMark mark={mark} size="sm" label={null} className="translate-y-px" />
      <span className="font-medium">{words}</span>
      {named && <span className="text-dim">{heal.serviceName}</span>}
      <span className="min-w-0 flex-[1_1_18rem] [overflow-wrap:anywhere]">
        <span className="text-dim">{heal.words}</span>
        <span className="block text-faint text-xs">
          {heal.rule} → {heal.action} · {heal.finding.message}
        </span>
      </span>
      <span className="whitespace-nowrap text-faint" title={dayAndTime(heal.at, zone)}>
        {courseWords(heal, now)}
        <Age at={heal.at} now={now} />
      </span>
    </>
  );
  const className = "flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5 px-3.5 py-2";
  return (
    <li data-heal={heal.outcome} className="border-line border-t first:border-t-0">
      {heal.runId === null ? (
        <div className={className}>{inside}</div>
      ) : (
        <Link href={`/runs/${encodeURIComponent(heal.runId)}`} className={`${className} hover:bg-raised`}>
          {inside}
        </Link>
      )}
    </li>
  );
}

/** `48 s · `, or over how many polls it held: `12 polls, 2 min · `. */
function courseWords({ times, at, endedAt, lastAt }: HealDto, now: number): string {
  const lastedMs = Math.max(0, (endedAt ?? Math.max(lastAt, now)) - at);
  const polls = times > 1 ? `${times} polls, ` : "";
  return lastedMs < 1_000 ? "" : `${polls}${wholeSeconds(lastedMs)}${endedAt === null ? " so far" : ""} · `;
}
