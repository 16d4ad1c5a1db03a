"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { runbookKey, runbookQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import type { RunbookMarkRequest, RunbookView } from "#lib/wire/runbook.ts";

const made = z.object({ id: z.string() });

/** One runbook, live or at a moment, and what can be done at its steps. The event stream says when to ask again. */
export function useRunbook(first: RunbookView, at: number | null) {
  const client = useQueryClient();
  const { data = first, error } = useQuery({
    ...runbookQuery(first.service.id, first.id, at),
    placeholderData: keepPreviousData,
    ...(first.past === (at !== null) && (at === null || first.at === at)
      ? { initialData: first, initialDataUpdatedAt: first.at }
      : {}),
  });
  const again = () => client.invalidateQueries({ queryKey: runbookKey });
  const post = (path: string, body: unknown) => orThrow(askApi(path, made, { method: "POST", body }));
  const begin = () =>
    post(`/api/v1/services/${encodeURIComponent(first.service.id)}/runbook`, { runbook: first.id }).then(
      ({ id }) => id,
    );
  /** Who does something follows it: nobody has to remember to press a button first. */
  const sessionId = async () => (data.session?.finishedAt === null ? data.session.id : await begin());
  const pathOf = (id: string, verb: string) => `/api/v1/runbook-sessions/${encodeURIComponent(id)}/${verb}`;
  const start = useMutation({ mutationFn: begin, onSettled: again });
  const mark = useMutation({
    mutationFn: async (wanted: RunbookMarkRequest) => await post(pathOf(await sessionId(), "marks"), wanted),
    onSettled: again,
  });
  const finish = useMutation({
    mutationFn: async (summary: string) =>
      await post(pathOf(await sessionId(), "finish"), summary === "" ? {} : { summary }),
    onSettled: again,
  });
  return { view: data, problem: error?.message ?? null, start, mark, finish, sessionId };
}

export type RunbookHandles = Omit<ReturnType<typeof useRunbook>, "view" | "problem">;
