"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Confirmation } from "#components/board/confirmation.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { ServiceAvailability } from "#components/board/service-availability.tsx";
import { ServiceDependencies } from "#components/board/service-dependencies.tsx";
import { ServiceExplanation } from "#components/board/service-explanation.tsx";
import { ServiceFindings } from "#components/board/service-findings.tsx";
import { ServiceHistory } from "#components/board/service-history.tsx";
import { ServiceNumbers } from "#components/board/service-numbers.tsx";
import { ServicePanel } from "#components/board/service-panel.tsx";
import { ServiceReference } from "#components/board/service-reference.tsx";
import { markOf } from "#components/board/shown-board.ts";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { ServiceHeals } from "#components/heal/service-heals.tsx";
import { CareBar } from "#components/incident/care-bar.tsx";
import { ChangesPanel } from "#components/moment/changes-panel.tsx";
import { MomentBanner } from "#components/moment/moment-banner.tsx";
import { useShownMoment } from "#components/moment/use-shown-moment.ts";
import { AutomationSwitch } from "#components/run/automation-switch.tsx";
import { useRunHost } from "#components/run/run-host.tsx";
import { RunList } from "#components/run/run-list.tsx";
import { ServiceRunbooks } from "#components/runbook/service-runbooks.tsx";
import { wholeSeconds } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { Board } from "#lib/wire/board.ts";
import { offerWords } from "#lib/wire/offer-words.ts";
import { serviceQuery } from "#lib/wire/queries.ts";
import type { ServiceView } from "#lib/wire/service.ts";

/** One service: its panel, why it is as it is, what can be done, how it is watched, and what happened to it. */
export function ServicePage({
  view,
  moment,
}: {
  readonly view: ServiceView;
  /** The board of the moment that the address asks for. */
  readonly moment: Board | null;
}) {
  const live = useLiveBoard();
  const { shown, now, past, arriving, problem } = useShownMoment(moment);
  const host = useRunHost();
  const openAction = past ? null : host.openAction;
  const { data } = useQuery({ ...serviceQuery(view.service.id), initialData: view, initialDataUpdatedAt: view.at });
  const found = shown.services.find(({ service }) => service.id === view.service.id);
  if (found === undefined) {
    const words = past ? "Nobody watched it then:" : "The configuration no longer has";
    return (
      <>
        <MomentBanner arriving={arriving} problem={problem} />
        <p className="py-10 text-center text-dim">
          {words} {view.service.name}.
        </p>
      </>
    );
  }
  const { service } = found;
  const broke = service.status === "ok" || service.status === "unknown" ? null : service.since;
  const actions = service.actions.filter((offer) => offer.risk !== "none");
  return (
    <>
      <PageTitle page={service.name} />
      <MomentBanner arriving={arriving} problem={problem} />
      <div className="pt-5 pb-4">
        <p className="text-faint">
          <Link href="/" className="hover:text-text hover:underline">
            Board
          </Link>
          {service.group !== null && ` · ${service.group}`}
          {service.dependsOn.length > 0 && " · depends on "}
          {service.dependsOn.map((id, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <Link href={`/services/${encodeURIComponent(id)}`} className="hover:text-text hover:underline">
                {shown.services.find((other) => other.service.id === id)?.service.name ?? id}
              </Link>
            </span>
          ))}
        </p>
        <h1 className="flex items-baseline gap-2.5 font-semibold text-xl tracking-tight">
          <StatusMark mark={markOf(found)} size="lg" />
          <span className="min-w-0 [overflow-wrap:anywhere]">{service.name}</span>
        </h1>
        {service.since !== null && (
          <p className="mt-0.5 text-dim">
            {service.status} for {wholeSeconds(Math.max(0, now - service.since))}
            {found.freshness.stale === null && <Confirmation service={service} className="ml-2" />}
          </p>
        )}
        {!past && (
          <div className="mt-2">
            <div className="flex flex-wrap items-start gap-2">
              <CareBar service={service} services={live.board.services} now={now} lines={false} />
              <AutomationSwitch serviceId={service.id} name={service.name} />
            </div>
          </div>
        )}
      </div>
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
        <div className="flex min-w-0 flex-col gap-3">
          <ServicePanel shown={found} now={now} onAction={openAction} linked={false} />
          <ServiceNumbers view={data} at={past ? now : null} />
          <ChangesPanel at={broke ?? (past ? now : null)} broke={broke !== null} />
          {!past && <ServiceHeals serviceId={service.id} now={live.now} />}
          <Panel id="runs" title="Runs">
            {data.runs.length === 0 ? (
              <PanelBody className="text-dim">Nothing was run on it yet.</PanelBody>
            ) : (
              <RunList runs={data.runs} now={live.now} />
            )}
          </Panel>
          <Panel id="history" title="History">
            <ServiceHistory events={data.timeline} now={live.now} />
          </Panel>
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          <Panel id="findings" title="Why" subtitle="each finding with its number and its limit">
            <ServiceFindings service={service} now={now} onAction={openAction} />
            <ServiceExplanation service={service} now={now} at={past ? now : null} />
          </Panel>
          {openAction !== null && actions.length > 0 && (
            <Panel id="actions" title="Actions" subtitle="checked before, proven after">
              <ul>
                {actions.map((offer) => (
                  <li
                    key={offer.id}
                    className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-t px-3.5 py-2"
                  >
                    <span className="min-w-0 flex-[1_1_14rem]">
                      <span className="text-dim">{offer.about}</span>
                      <span className="block text-faint text-xs">
                        {offer.blocked === null
                          ? `Ready · risk ${offer.risk} · ${offerWords(offer, now) ?? "not run here yet"}`
                          : `Not possible now: ${offer.blocked}`}
                      </span>
                    </span>
                    <Button blocked={offer.blocked} onClick={() => openAction(service.id, offer.id)}>
                      {offer.title} …
                    </Button>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <ServiceRunbooks service={service} />
          <ServiceAvailability serviceId={service.id} />
          <ServiceDependencies service={service} services={shown.services} mayAct={openAction !== null} />
          <ServiceReference service={service} config={data.config} />
        </div>
      </div>
    </>
  );
}
