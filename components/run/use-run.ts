"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { runQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import { isEnded, type Run, type RunRequest, runDto } from "#lib/wire/run.ts";

/** While a run goes on the event stream brings its changes; asking too keeps it moving when the stream is broken. */
const askAgainMs = 2_000;

export interface RunWish extends Pick<RunRequest, "serviceId" | "action" | "params" | "mode"> {
  /** Made when the wish is made: sending it twice starts nothing twice. */
  readonly idempotencyKey: string;
}

/** One run, live, and what can be done with it. */
export function useRun(id: string, initial?: Run) {
  const client = useQueryClient();
  const keep = (run: Run) => client.setQueryData(runQuery(run.id).queryKey, run);
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  const query = useQuery({
    ...runQuery(id),
    ...(initial === undefined ? {} : { initialData: initial }),
    refetchInterval: ({ state }) => (state.data !== undefined && isEnded(state.data.state) ? false : askAgainMs),
  });
  const confirm = useMutation({
    mutationFn: (planHash: string) =>
      orThrow(askApi(`${path}/confirm`, runDto, { method: "POST", body: { planHash } })),
    onSuccess: keep,
  });
  const cancel = useMutation({
    mutationFn: () => orThrow(askApi(`${path}/cancel`, runDto, { method: "POST", body: {} })),
    onSuccess: keep,
  });
  return { query, confirm, cancel };
}

/** Asks for a run; `onStarted` gets it when the poller may take it. */
export function useStartRun(onStarted: (run: Run) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ idempotencyKey, ...body }: RunWish) =>
      orThrow(askApi("/api/v1/runs", runDto, { method: "POST", body, headers: { "idempotency-key": idempotencyKey } })),
    onSuccess: (run) => {
      client.setQueryData(runQuery(run.id).queryKey, run);
      onStarted(run);
    },
  });
}
