"use client";

import { useKinds } from "#components/board/kinds.tsx";
import { packColumns } from "#components/board/pack-columns.ts";
import { ServicePanel } from "#components/board/service-panel.tsx";
import { ServiceRow } from "#components/board/service-row.tsx";
import type { ShownService } from "#components/board/shown-board.ts";
import type { OpenAction } from "#components/board/verdict-section.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { statuses } from "#lib/core/status.ts";

/** Up to this many services, each has its panel; on a larger board the healthy ones are rows. */
const mostPanels = 12;
/** For a kind that this build does not know. */
const usualColumns = 4;

/** Columns of twelve that a panel takes on a wide screen. */
const wide: Readonly<Record<number, string>> = {
  1: "xl:col-span-1",
  2: "xl:col-span-2",
  3: "xl:col-span-3",
  4: "xl:col-span-4",
  5: "xl:col-span-5",
  6: "xl:col-span-6",
  7: "xl:col-span-7",
  8: "xl:col-span-8",
  9: "xl:col-span-9",
  10: "xl:col-span-10",
  11: "xl:col-span-11",
  12: "xl:col-span-12",
};

/** On a narrow screen there are no stacks: panels follow each other, worst first. */
const narrowOrder = [
  "order-1",
  "order-2",
  "order-3",
  "order-4",
  "order-5",
  "order-6",
  "order-7",
  "order-8",
  "order-9",
  "order-10",
  "order-11",
  "order-12",
] as const;

interface Around {
  readonly now: number;
  readonly onAction: OpenAction | null;
  readonly linked: boolean;
}

/** All services: those in trouble first and in full, the healthy ones quiet. */
export function BoardPanels({ services, ...around }: Around & { readonly services: readonly ShownService[] }) {
  const compact = services.length > mostPanels;
  const panels = compact ? services.filter(({ service }) => service.status !== "ok") : services;
  const rows = compact ? services.filter(({ service }) => service.status === "ok") : [];
  return (
    <>
      <PanelGrid services={panels} {...around} />
      {rows.length > 0 && <RowGroups services={rows} {...around} />}
    </>
  );
}

function PanelGrid({ services, ...around }: Around & { readonly services: readonly ShownService[] }) {
  const kinds = useKinds();
  const wanted = services.map(({ service }) => ({
    columns: kinds[service.kind]?.columns ?? usualColumns,
    rank: statuses.indexOf(service.status),
  }));
  return (
    <div className="grid grid-cols-1 items-start gap-3 md:grid-cols-2 xl:grid-cols-12">
      {packColumns(wanted).map(({ panels, span }) => (
        <div key={panels[0]} className={classNames("contents min-w-0 flex-col gap-3 xl:flex", wide[span])}>
          {panels.map((at) => {
            const shown = services[at];
            return (
              shown !== undefined && (
                <div
                  key={shown.service.id}
                  className={classNames(
                    "min-w-0 xl:order-none",
                    span >= 7 && "md:col-span-2",
                    narrowOrder[at] ?? "order-last",
                  )}
                >
                  <ServicePanel shown={shown} {...around} />
                </div>
              )
            );
          })}
        </div>
      ))}
    </div>
  );
}

function RowGroups({ services, ...around }: Around & { readonly services: readonly ShownService[] }) {
  const groups = Map.groupBy(services, ({ service }) => service.group ?? "");
  return (
    <div className="-mb-3 mt-3 gap-3 lg:columns-2 min-[120rem]:columns-3">
      {[...groups].map(([group, members]) => (
        <section
          key={group}
          aria-label={group === "" ? "Healthy services" : `Healthy services in ${group}`}
          className="mb-3 break-inside-avoid"
        >
          <div className="rounded-lg border border-line bg-surface">
            <h2 className="label flex justify-between border-line border-b px-3.5 py-1.5">
              <span>{group === "" ? "Healthy" : group}</span>
              <span>{members.length} healthy</span>
            </h2>
            <ul>
              {members.map((shown) => (
                <ServiceRow key={shown.service.id} shown={shown} {...around} />
              ))}
            </ul>
          </div>
        </section>
      ))}
    </div>
  );
}
