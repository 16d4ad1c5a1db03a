import type { QueryClient } from "@tanstack/react-query";
import { applyFrame, isOtherStore } from "#components/board/apply-frame.ts";
import type { Board } from "#lib/wire/board.ts";
import type { Frame } from "#lib/wire/events.ts";
import {
  boardQuery,
  healsKey,
  incidentsQuery,
  runbookKey,
  runQuery,
  runsQuery,
  serviceQuery,
  timelinesKey,
} from "#lib/wire/queries.ts";

/** Puts one frame into the query cache, and marks as outdated what the frame tells of but does not carry: the histories. */
export function applyToCache(client: QueryClient, frame: Frame): void {
  const board = client.getQueryData(boardQuery.queryKey);
  if (board === undefined || isOtherStore(board, frame)) {
    void client.invalidateQueries();
    return;
  }
  client.setQueryData(boardQuery.queryKey, applyFrame(board, frame));
  for (const run of frame.runs) {
    client.setQueryData(runQuery(run.id).queryKey, (known) =>
      known !== undefined && known.seq > run.seq ? known : run,
    );
  }
  if (incidentsOf(board) !== incidentsOf(frame)) {
    void client.invalidateQueries({ queryKey: incidentsQuery.queryKey });
    void client.invalidateQueries({ queryKey: timelinesKey });
  }
  // A runbook's checks read whatever the board says: who has one open asks again.
  if (frame.services.length + frame.runs.length > 0 || followingOf(board) !== followingOf(frame)) {
    void client.invalidateQueries({ queryKey: runbookKey });
  }
  const touched = new Set([...statusChanges(board, frame), ...frame.runs.map((run) => run.serviceId)]);
  if (touched.size === 0) return;
  for (const id of touched) void client.invalidateQueries({ queryKey: serviceQuery(id).queryKey });
  void client.invalidateQueries({ queryKey: timelinesKey });
  void client.invalidateQueries({ queryKey: healsKey });
  if (frame.runs.length > 0) void client.invalidateQueries({ queryKey: runsQuery.queryKey });
}

/** Which incidents are open, and how new what is known of each is. */
function incidentsOf({ incidents = [] }: Pick<Board, "incidents">): string {
  return incidents.map(({ id, seq }) => `${id} ${seq}`).join();
}

/** Which runbooks are followed, and how far each is. */
function followingOf({ following = [] }: Pick<Board, "following">): string {
  return following.map(({ id, seq }) => `${id} ${seq}`).join();
}

function statusChanges(board: Board, frame: Frame): string[] {
  const known = new Map(board.services.map((service) => [service.id, service.status]));
  return frame.services.filter((service) => known.get(service.id) !== service.status).map((service) => service.id);
}
