"use client";

import { useQuery } from "@tanstack/react-query";
import { Heartbeats } from "#components/charts/heartbeats.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { AvailabilityDto } from "#lib/wire/history.ts";
import { availabilityQuery } from "#lib/wire/queries.ts";

/** How much of the time it worked: four looks back, and the last day as a row of beats. */
export function ServiceAvailability({ serviceId }: { readonly serviceId: string }) {
  const { data, error } = useQuery(availabilityQuery(serviceId));
  return (
    <Panel id="availability" title="Availability" subtitle="without planned work and without time nobody could see">
      <PanelBody className="flex flex-col gap-3">
        {data === undefined ? (
          <p className="text-dim">{error === null ? "Counting …" : `Not known: ${error.message}`}</p>
        ) : (
          <>
            <dl className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
              {data.windows.map((window) => (
                <Window key={window.days} window={window} />
              ))}
            </dl>
            <Day beats={data.beats} />
          </>
        )}
      </PanelBody>
    </Panel>
  );
}

function Window({ window }: { readonly window: AvailabilityDto["windows"][number] }) {
  const parts = [
    ...(window.downSeconds > 0 ? [`${formatDuration(window.downSeconds * 1_000)} down`] : []),
    ...(window.plannedSeconds > 0 ? [`${formatDuration(window.plannedSeconds * 1_000)} planned`] : []),
    ...(window.unseenSeconds > 0 ? [`${formatDuration(window.unseenSeconds * 1_000)} not seen`] : []),
  ];
  return (
    <div className="min-w-0">
      <dt className="text-faint text-xs">{window.days === 1 ? "24 hours" : `${window.days} days`}</dt>
      <dd>
        <span className="block font-semibold text-base tabular-nums">{percentWords(window.percent)}</span>
        <span className="block text-faint text-xs">{parts.length === 0 ? "seen all the time" : parts.join(", ")}</span>
      </dd>
    </div>
  );
}

function Day({ beats }: { readonly beats: AvailabilityDto["beats"] }) {
  const troubled = beats.filter((beat) => beat.status === "critical" || beat.status === "warning").length;
  const label =
    troubled === 0
      ? "No trouble seen in the last 24 hours"
      : `Trouble in ${troubled} of the last ${beats.length} quarters of an hour`;
  const titled = beats.map(({ at, status }) => {
    const time = new Date(at).toISOString().slice(11, 16);
    return { at, status, title: `${time} UTC · ${status ?? "not seen"}` };
  });
  return (
    <div>
      <Heartbeats beats={titled} count={beats.length} label={label} />
      <p className="mt-1 flex justify-between text-faint text-xs">
        <span>24 h ago</span>
        <span>now</span>
      </p>
    </div>
  );
}

/** Never rounded up to a hundred: `99.99 %` is not `100 %`. */
function percentWords(percent: number | null): string {
  if (percent === null) return "not known";
  if (percent === 100) return "100 %";
  return `${(Math.floor(percent * 1_000) / 1_000).toFixed(percent >= 99 ? 3 : 2)} %`;
}
