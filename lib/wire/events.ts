import { z } from "zod";
import { boardDto, boardServiceDto, pollerDto, verdictDto } from "#lib/wire/board.ts";
import { runDto } from "#lib/wire/run.ts";

/**
 * One SSE frame of `GET /api/v1/events`, event name `frame`, id = `seq`: only what changed since the last one, at most one
 * frame a second (the first change at once). A client that was away sends `Last-Event-ID` and gets the difference. The stream of
 * somebody who lost the right to it ends with an event `ended`.
 */
export const frameDto = z.object({
  seq: z.number(),
  at: z.number(),
  poller: pollerDto,
  verdict: verdictDto,
  services: z.array(boardServiceDto),
  incidents: boardDto.shape.incidents,
  automation: boardDto.shape.automation,
  following: boardDto.shape.following,
  /** Ids of services that the configuration no longer has. */
  removed: z.array(z.string()),
  runs: z.array(runDto),
});
export type Frame = z.infer<typeof frameDto>;
