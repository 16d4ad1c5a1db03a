import { holdsAt } from "#lib/core/planned.ts";
import type { Overlay, Severity } from "#lib/core/status.ts";
import type { BoardService, FindingDto, OfferDto, Trend } from "#lib/wire/board.ts";

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

/** What is being done about one node: it takes the place of the node's own mark, as it does on the service. */
export interface NodeOverlay {
  readonly mark: Extract<Overlay, "healing" | "maintenance">;
  /** `Healing: Restart the app on web-01 · heal rule queue of learn-web`. */
  readonly words: string;
}

/**
 * What is laid over one node of a service at `now`: planned work on it, or a rule that heals it; `null` when nothing is.
 * `subject` tells members of one name apart. Maintenance of the whole service stands on the service, and its nodes go on
 * showing how they are.
 */
export function overlayOf(
  service: Pick<BoardService, "activeRun" | "maintenance">,
  { node, subject }: { readonly node: string; readonly subject?: string },
  now: number,
): NodeOverlay | null {
  const planned = service.maintenance?.find((mark) => mark.nodes?.includes(node) && holdsAt(mark, now));
  if (planned !== undefined) {
    return { mark: "maintenance", words: `In maintenance: ${told(planned.note, planned.by)}` };
  }
  const run = service.activeRun;
  if (run?.byRule !== true || run.node !== node) return null;
  const other = subject !== undefined && run.subject !== undefined && run.subject !== subject;
  return other ? null : { mark: "healing", words: `Healing: ${told(run.title, run.actor)}` };
}

function told(words: string, by: string): string {
  return words === "" ? by : `${words} · ${by}`;
}
