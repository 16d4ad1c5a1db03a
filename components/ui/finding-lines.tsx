"use client";

import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { findingKey } from "#lib/core/finding.ts";
import type { FindingDto, OfferDto } from "#lib/wire/board.ts";

/**
 * What is wrong, a line each: the sentence with number and limit, and the button that would help. More than `most` are
 * counted, never silently cut.
 */
export function FindingLines({
  findings,
  offers,
  onAction,
  most = 4,
  className,
}: {
  readonly findings: readonly FindingDto[];
  readonly offers: readonly OfferDto[];
  readonly onAction: ((actionId: string, params?: Readonly<Record<string, string>>) => void) | null;
  readonly most?: number;
  readonly className?: string | undefined;
}) {
  if (findings.length === 0) return null;
  const shown = findings.length === most + 1 ? findings : findings.slice(0, most);
  const rest = findings.length - shown.length;
  return (
    <ul className={classNames("flex flex-col gap-1", className)}>
      {shown.map((finding, index) => (
        <li key={findingKey(finding)} className="flex items-start gap-2">
          <StatusMark mark={finding.severity} size="sm" className="mt-[0.4rem]" />
          <span
            className={classNames(
              "min-w-0 flex-1 text-pretty [overflow-wrap:anywhere]",
              finding.severity === "info" && "text-dim",
            )}
          >
            {finding.message}
          </span>
          {shown.findIndex((other) => sameAction(other, finding)) === index && (
            <SuggestedButton finding={finding} offers={offers} onAction={onAction} />
          )}
        </li>
      ))}
      {rest > 0 && <li className="pl-4 text-faint text-xs">and {rest} more</li>}
    </ul>
  );
}

/** Two findings that ask for the very same thing need one button. */
function sameAction(a: FindingDto, b: FindingDto): boolean {
  return JSON.stringify(a.action) === JSON.stringify(b.action);
}

/** The button of the action a finding asks for; nothing where nobody may act or the action is not offered. */
export function SuggestedButton({
  finding,
  offers,
  onAction,
}: {
  readonly finding: Pick<FindingDto, "action">;
  readonly offers: readonly OfferDto[];
  readonly onAction: ((actionId: string, params?: Readonly<Record<string, string>>) => void) | null;
}) {
  const { action } = finding;
  const offer = offers.find((each) => each.id === action?.id);
  if (action === undefined || offer === undefined || onAction === null) return null;
  return (
    <Button
      size="sm"
      variant={offer.risk === "critical" ? "critical" : "plain"}
      blocked={offer.blocked}
      onClick={() => onAction(action.id, action.params)}
    >
      {offer.title} …
    </Button>
  );
}
