"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import { runQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import {
  isEnded,
  type Run,
  type RunRequest,
  type runApproval,
  type runConfirmation,
  runDto,
  type runSettlement,
} from "#lib/wire/run.ts";

/** While a run goes on the event stream brings its changes; asking too keeps it moving when the stream is broken. */
const askAgainMs = 2_000;

export interface RunWish extends Pick<RunRequest, "serviceId" | "action" | "params" | "mode" | "runbook"> {
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
  const send = <Body>(verb: string) => ({
    mutationFn: (body: Body) => orThrow(askApi(`${path}/${verb}`, runDto, { method: "POST", body })),
    onSuccess: keep,
  });
  const confirm = useMutation(send<z.infer<typeof runConfirmation>>("confirm"));
  const approve = useMutation(send<z.infer<typeof runApproval>>("approve"));
  const settle = useMutation(send<z.infer<typeof runSettlement>>("settle"));
  const undo = useMutation(send<Record<string, never>>("undo"));
  const cancel = useMutation(send<Record<string, never>>("cancel"));
  return { query, confirm, approve, settle, undo, cancel };
}

export type RunHandles = Omit<ReturnType<typeof useRun>, "query">;

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
