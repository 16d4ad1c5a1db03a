import { z } from "zod";
import { boardServiceDto, pollerDto, runMarkDto } from "#lib/wire/board.ts";
import { timelineEventDto } from "#lib/wire/timeline.ts";

/** `GET /api/v1/services/:id`: the board's view of it, and its history, newest first. */
export const serviceDto = z.object({
  at: z.number(),
  poller: pollerDto,
  service: boardServiceDto,
  /** Its configuration as the poller applied it; secrets are references. */
  config: z.unknown(),
  timeline: z.array(timelineEventDto),
  runs: z.array(runMarkDto),
  /** What its last poll measured, as `metric|node|subject`: each has a series. */
  measured: z.array(z.string()),
});
export type ServiceView = z.infer<typeof serviceDto>;
