"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ShownService } from "#components/board/shown-board.ts";
import { RunbookSign } from "#components/runbook/runbook-line.tsx";
import { fittingRunbooks, runbookHref, useRunbooks } from "#components/runbook/runbooks.tsx";
import { Panel } from "#components/ui/panel.tsx";
import type { IncidentView } from "#lib/wire/incident.ts";
import { boardQuery } from "#lib/wire/queries.ts";

/** For an open incident: who follows which runbook for it, and which ones fit what its services show. */
export function IncidentRunbooks({
  incident,
  services,
}: {
  readonly incident: IncidentView;
  readonly services: readonly ShownService[];
}) {
  const runbooks = useRunbooks();
  const { data: board } = useQuery(boardQuery);
  if (incident.resolvedAt !== null) return null;
  const ids = incident.members.map(({ serviceId }) => serviceId);
  const following = (board?.following ?? []).filter(({ serviceId }) => ids.includes(serviceId));
  const fitting = services
    .filter(({ service }) => ids.includes(service.id))
    .flatMap(({ service }) => fittingRunbooks(runbooks, service).map((runbook) => ({ service, runbook })))
    .filter(({ service, runbook }) => {
      return !following.some((one) => one.serviceId === service.id && one.runbookId === runbook.id);
    });
  if (following.length + fitting.length === 0) return null;
  const nameOf = (id: string) => services.find(({ service }) => service.id === id)?.service.name ?? id;
  return (
    <Panel id="incident-runbooks" title="Runbooks" subtitle="what to check and do, in order">
      <ul>
        {following.map(({ id, serviceId, runbookId, title, startedBy }) => (
          <Row key={id} href={runbookHref(serviceId, runbookId)} title={title}>
            {nameOf(serviceId)} · {startedBy} follows it
          </Row>
        ))}
        {fitting.map(({ service, runbook }) => (
          <Row key={`${service.id} ${runbook.id}`} href={runbookHref(service.id, runbook.id)} title={runbook.title}>
            {service.name}
          </Row>
        ))}
      </ul>
    </Panel>
  );
}

function Row({
  href,
  title,
  children,
}: {
  readonly href: string;
  readonly title: string;
  readonly children: React.ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2.5 border-line border-t px-3.5 py-2 first:border-t-0">
      <RunbookSign className="translate-y-0.5" />
      <Link href={href} className="font-medium hover:underline">
        {title} …
      </Link>
      <span className="text-dim">{children}</span>
    </li>
  );
}
