import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import type { HealOutcome } from "#lib/core/heal.ts";
import { boardDto, runMarkDto } from "#lib/wire/board.ts";
import { changesDto } from "#lib/wire/changes.ts";
import { explainDto } from "#lib/wire/explain.ts";
import { healsDto } from "#lib/wire/heal.ts";
import { availabilityDto, seriesDto } from "#lib/wire/history.ts";
import { incidentDto, incidentMarkDto } from "#lib/wire/incident.ts";
import { personDto } from "#lib/wire/person.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import { runDto } from "#lib/wire/run.ts";
import { runbookDto, runbooksDto } from "#lib/wire/runbook.ts";
import { serviceDto } from "#lib/wire/service.ts";
import { snapshotDto } from "#lib/wire/snapshot.ts";
import { timelineDto } from "#lib/wire/timeline.ts";
import { tokenDto } from "#lib/wire/token.ts";

/** How far back the board's timeline looks. */
export const timelineSpanMs = 6 * 3_600_000;

/** The live board. The event stream keeps it; it is asked for again only when the stream cannot tell the difference. */
export const boardQuery = queryOptions({
  queryKey: ["board"],
  queryFn: ({ signal }) => orThrow(askApi("/api/v1/board", boardDto, { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** One run with its journal; the event stream brings each change. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) => orThrow(askApi(`/api/v1/runs/${encodeURIComponent(id)}`, runDto, { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The newest runs of all services. */
export const runsQuery = queryOptions({
  queryKey: ["runs"],
  queryFn: ({ signal }) => orThrow(askApi("/api/v1/runs", z.object({ runs: z.array(runMarkDto) }), { signal })),
});

/** Every ledger of heals, however it is filtered. */
export const healsKey = ["heals"] as const;

/** Heal rules and their ledger. How a rule stands changes without a frame of the event stream. */
export const healsQuery = (filter: { readonly service?: string; readonly outcome?: HealOutcome }) =>
  queryOptions({
    queryKey: [...healsKey, filter],
    queryFn: ({ signal }) => {
      const asked = new URLSearchParams({ limit: "200", ...filter });
      return orThrow(askApi(`/api/v1/heals?${asked}`, healsDto, { signal }));
    },
    refetchInterval: 5_000,
  });

/** One service's configuration and history. */
export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["service", id],
    queryFn: ({ signal }) => orThrow(askApi(`/api/v1/services/${encodeURIComponent(id)}`, serviceDto, { signal })),
  });

/** How much of the time one service worked. */
export const availabilityQuery = (serviceId: string) =>
  queryOptions({
    queryKey: ["availability", serviceId],
    queryFn: ({ signal }) =>
      orThrow(askApi(`/api/v1/services/${encodeURIComponent(serviceId)}/availability`, availabilityDto, { signal })),
    refetchInterval: 60_000,
  });

/** One metric of a service over the last `spanMs`, or over those before `at`. */
export const seriesQuery = (id: string, key: string, spanMs: number, at: number | null) =>
  queryOptions({
    queryKey: ["series", id, key, spanMs, at],
    queryFn: ({ signal }) => {
      const to = at ?? Date.now();
      const asked = new URLSearchParams({ key, from: `${to - spanMs}`, to: `${to}`, points: "240" });
      return orThrow(askApi(`/api/v1/services/${encodeURIComponent(id)}/series?${asked}`, seriesDto, { signal }));
    },
    staleTime: at === null ? 10_000 : Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    ...(at === null ? { refetchInterval: Math.max(10_000, spanMs / 240) } : {}),
  });

/** Why one service has its status, or had it at `at`; asked for anew with each poll of it. */
export const explainQuery = (id: string, checkedAt: number | null, status: string, at: number | null) =>
  queryOptions({
    queryKey: ["explain", id, checkedAt, status, at],
    queryFn: ({ signal }) => {
      const asked = `/api/v1/services/${encodeURIComponent(id)}/explain${at === null ? "" : `?at=${at}`}`;
      return orThrow(askApi(asked, explainDto, { signal }));
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });

/** Every timeline, however far back it looks. */
export const timelinesKey = ["timeline"] as const;

/** Lanes and events of the last `spanMs`. */
export const timelineQuery = (spanMs: number) =>
  queryOptions({
    queryKey: [...timelinesKey, spanMs],
    queryFn: ({ signal }) => orThrow(askApi(`/api/v1/timeline?span=${spanMs}`, timelineDto, { signal })),
    refetchInterval: 60_000,
  });

/** The board as it was at `at`: the past does not change, so it is asked for once. */
export const boardAtQuery = (at: number) =>
  queryOptions({
    queryKey: ["board-at", at],
    queryFn: ({ signal }) => orThrow(askApi(`/api/v1/board?at=${at}`, boardDto, { signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

/** What changed in the minutes before `at`; `null` is now. */
export const changesQuery = (at: number | null, minutes: number) =>
  queryOptions({
    queryKey: ["changes", at, minutes],
    queryFn: ({ signal }) => {
      const moment = at === null ? "" : `at=${at}&`;
      return orThrow(askApi(`/api/v1/changes?${moment}minutes=${minutes}`, changesDto, { signal }));
    },
    staleTime: 30_000,
    gcTime: 60_000,
    ...(at === null ? { refetchInterval: 30_000 } : {}),
  });

/** Incidents, open ones first. */
export const incidentsQuery = queryOptions({
  queryKey: ["incidents"],
  queryFn: ({ signal }) =>
    orThrow(askApi("/api/v1/incidents", z.object({ incidents: z.array(incidentMarkDto) }), { signal })),
});

/** One incident with its timeline. */
export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ["incidents", id],
    queryFn: ({ signal }) => orThrow(askApi(`/api/v1/incidents/${encodeURIComponent(id)}`, incidentDto, { signal })),
  });

/** Which runbooks there are. They change with pitwall.yaml alone. */
export const runbooksQuery = queryOptions({
  queryKey: ["runbooks"],
  queryFn: ({ signal }) => orThrow(askApi("/api/v1/runbooks", runbooksDto, { signal })),
  staleTime: 60_000,
  refetchInterval: 60_000,
});

/** Everything that hangs on how a runbook stands. */
export const runbookKey = ["runbook"] as const;

/** One runbook by the state of the board now, or at `at`. */
export const runbookQuery = (serviceId: string, name: string, at: number | null) =>
  queryOptions({
    queryKey: [...runbookKey, serviceId, name, at],
    queryFn: ({ signal }) => {
      const asked = new URLSearchParams({ name, ...(at === null ? {} : { at: `${at}` }) });
      return orThrow(
        askApi(`/api/v1/services/${encodeURIComponent(serviceId)}/runbook?${asked}`, runbookDto, { signal }),
      );
    },
    ...(at === null ? { refetchInterval: 5_000 } : { staleTime: Number.POSITIVE_INFINITY }),
  });

/** One following of a runbook. */
export const runbookSessionQuery = (id: string) =>
  queryOptions({
    queryKey: [...runbookKey, "session", id],
    queryFn: ({ signal }) =>
      orThrow(askApi(`/api/v1/runbook-sessions/${encodeURIComponent(id)}`, runbookDto, { signal })),
  });

/** People with an account, by address. */
export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) => orThrow(askApi("/api/v1/people", z.object({ people: z.array(personDto) }), { signal })),
});

/** Tokens, newest first. */
export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => orThrow(askApi("/api/v1/tokens", z.object({ tokens: z.array(tokenDto) }), { signal })),
});

/** All snapshots, newest first. */
export const snapshotsQuery = queryOptions({
  queryKey: ["snapshots"],
  queryFn: ({ signal }) =>
    orThrow(askApi("/api/v1/snapshots", z.object({ snapshots: z.array(snapshotDto) }), { signal })),
});
