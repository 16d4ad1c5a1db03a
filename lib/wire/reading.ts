import type { Severity } from "#lib/core/status.ts";
import type { FindingDto, OfferDto, Trend } from "#lib/wire/board.ts";

/** What a finding must be about; a part left out matches any. */
export interface About {
  readonly node?: string;
  readonly subject?: string;
  readonly rules?: readonly string[];
}

/** The findings about one thing, worst first as the poller sorted them. */
export function findingsAbout(findings: readonly FindingDto[], about: About): FindingDto[] {
  return findings.filter(
    (finding) =>
      (about.node === undefined || finding.node === about.node) &&
      (about.subject === undefined || finding.subject === about.subject) &&
      (about.rules === undefined || about.rules.includes(finding.rule)),
  );
}

/** The worst severity among the findings about one thing; `null` when nobody objects. */
export function severityOf(findings: readonly FindingDto[], about: About): Severity | null {
  const severities = findingsAbout(findings, about).map((finding) => finding.severity);
  for (const severity of ["critical", "warning", "info"] as const) if (severities.includes(severity)) return severity;
  return null;
}

/** The short history of one metric, oldest first; empty when none is kept. */
export function seriesOf(trend: Trend, metric: string, node = "", subject = ""): readonly (number | null)[] {
  return trend.series[`${metric}|${node}|${subject}`] ?? [];
}

/** The offers that can be aimed at one member, each with the parameters that aim it: `{ node: "web-01" }`. */
export function offersFor(
  offers: readonly OfferDto[],
  param: string,
  value: string,
): { readonly offer: OfferDto; readonly params: Readonly<Record<string, string>> }[] {
  return offers
    .filter((offer) =>
      offer.params.some((field) => field.name === param && field.options.some((option) => option.value === value)),
    )
    .map((offer) => ({ offer, params: { [param]: value } }));
}
