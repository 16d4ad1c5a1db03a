import { z } from "zod";
import { statuses } from "#lib/core/status.ts";

/** Anything on the timeline. */
export const timelineEventDto = z.object({
  id: z.number(),
  at: z.number(),
  serviceId: z.string().nullable(),
  kind: z.enum(["status", "run", "snapshot", "config", "poller"]),
  /** For `status`: from what to what. */
  from: z.enum(statuses).nullable(),
  to: z.enum(statuses).nullable(),
  actor: z.string().nullable(),
  text: z.string(),
  runId: z.string().nullable(),
});
export type TimelineEvent = z.infer<typeof timelineEventDto>;

/** `GET /api/v1/timeline?from=&to=`: status lanes of every service that was in trouble, and what happened. */
export const timelineDto = z.object({
  from: z.number(),
  to: z.number(),
  lanes: z.array(
    z.object({
      serviceId: z.string(),
      name: z.string(),
      spans: z.array(z.object({ from: z.number(), to: z.number(), status: z.enum(statuses) })),
    }),
  ),
  events: z.array(timelineEventDto),
});
export type Timeline = z.infer<typeof timelineDto>;
