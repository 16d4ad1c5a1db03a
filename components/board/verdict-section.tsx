"use client";

import Link from "next/link";
import { Fragment } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { Verdict } from "#lib/wire/board.ts";
import type { RunbookOfRun } from "#lib/wire/runbook-mark.ts";

/** Opens an action's dialog for a service. */
export type OpenAction = (
  serviceId: string,
  actionId: string,
  params?: Readonly<Record<string, string>>,
  /** The step of a runbook that it is opened from. */
  from?: RunbookOfRun,
) => void;

/** The board's first line: what is wrong and why, from root to symptom, and what would help. Calm when all is well. */
export function VerdictSection({
  verdict,
  onAction,
  blockedOf = () => null,
  linked = true,
  runbooks = [],
}: {
  readonly verdict: Verdict;
  readonly onAction: OpenAction | null;
  /** Why an action cannot be run now, or not by whoever looks. */
  readonly blockedOf?: (action: Verdict["actions"][number]) => string | null;
  /** Whether names lead to their service: not in a frozen board, which stands alone. */
  readonly linked?: boolean;
  /** Those that fit the trouble, that of the root first. */
  readonly runbooks?: readonly { readonly href: string; readonly title: string }[];
}) {
  const calm = verdict.status === "ok";
  return (
    <section
      aria-label="Verdict"
      data-verdict={verdict.status}
      className="flex flex-col gap-x-6 gap-y-3 pt-5 pb-4 lg:flex-row lg:items-start"
    >
      <div className="min-w-0 flex-1">
        <h1
          className={classNames(
            "text-balance font-semibold tracking-tight [overflow-wrap:anywhere]",
            calm ? "flex items-center gap-2.5 text-lg" : "text-xl",
          )}
        >
          {calm && <StatusMark mark="ok" label={null} />}
          {verdict.sentence}
        </h1>
        {verdict.chain.length > 0 && <Chain chain={verdict.chain} linked={linked} />}
        <Rest verdict={verdict} linked={linked} />
      </div>
      {onAction !== null && verdict.actions.length + runbooks.length > 0 && (
        <div className="flex flex-wrap gap-2 lg:max-w-[36%] lg:justify-end">
          {runbooks.map(({ href, title }, index) => (
            <Link
              key={href}
              href={href}
              className={buttonClass(index === 0 && verdict.actions.length === 0 ? "primary" : "plain")}
            >
              Runbook: {title} …
            </Link>
          ))}
          {verdict.actions.map((action, index) => (
            <Button
              key={JSON.stringify(action)}
              variant={index === 0 ? "primary" : "plain"}
              blocked={blockedOf(action)}
              onClick={() => onAction(action.serviceId, action.id, action.params)}
            >
              {action.title} …
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function Chain({ chain, linked }: { readonly chain: Verdict["chain"]; readonly linked: boolean }) {
  return (
    <ol aria-label="From cause to symptom" className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1.5">
      {chain.map((service, index) => (
        <Fragment key={service.serviceId}>
          {index > 0 && (
            <li aria-hidden="true" className="text-faint">
              →
            </li>
          )}
          <li className="min-w-0">
            <Chip service={service} root={service.root} linked={linked} />
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function Rest({ verdict, linked }: { readonly verdict: Verdict; readonly linked: boolean }) {
  const { others, healthy, planned = 0, total } = verdict;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-faint">
      {others.length > 0 && <span>Also</span>}
      {others.slice(0, 6).map((service) => (
        <Chip key={service.serviceId} service={service} root={false} linked={linked} />
      ))}
      {others.length > 6 && <span>and {others.length - 6} more</span>}
      {total > 0 && <span>{healthyWords(healthy, total)}</span>}
      {planned > 0 && <span>{planned} in maintenance</span>}
    </div>
  );
}

/** `41 services healthy`, `All 41 services healthy`, `No service is known to be healthy`. */
export function healthyWords(healthy: number, total: number): string {
  if (healthy === 0) return "No service is known to be healthy";
  const services = healthy === 1 ? "service" : "services";
  return healthy === total && total > 1 ? `All ${total} ${services} healthy` : `${healthy} ${services} healthy`;
}

function Chip({
  service,
  root,
  linked,
}: {
  readonly service: Verdict["others"][number];
  readonly root: boolean;
  readonly linked: boolean;
}) {
  const className = classNames(
    "inline-block max-w-full rounded-md border px-2 py-0.5 text-text",
    !root && "border-line bg-surface",
    root && service.status === "critical" && "border-crit bg-crit-bg",
    root && service.status === "warning" && "border-warn bg-warn-bg",
    root && service.status === "unknown" && "border-edge border-dashed bg-surface",
  );
  const inside = (
    <>
      <StatusMark mark={service.status} className="mr-1.5" />
      <span className="font-medium">{service.name}</span>{" "}
      <span className="text-dim [overflow-wrap:anywhere]">{service.words}</span>
    </>
  );
  return linked ? (
    <Link
      href={`/services/${encodeURIComponent(service.serviceId)}`}
      className={classNames(className, "hover:border-edge")}
    >
      {inside}
    </Link>
  ) : (
    <span className={className}>{inside}</span>
  );
}
