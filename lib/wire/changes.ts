import { z } from "zod";
import { timelineEventDto } from "#lib/wire/timeline.ts";

/** How far back "what changed" looks, in minutes. */
export const changesMinutes = { usual: 15, most: 1_440 } as const;

/** `GET /api/v1/changes?at=&minutes=`: what was different or done in the minutes before a moment, the nearest to it first. */
export const changesDto = z.object({
  at: z.number(),
  from: z.number(),
  changes: z.array(
    timelineEventDto.extend({
      /** `null` for what concerns all services. */
      serviceName: z.string().nullable(),
      /** How long before the moment. */
      beforeMs: z.number(),
    }),
  ),
  /** There were more than are told. */
  cut: z.boolean(),
});
export type Changes = z.infer<typeof changesDto>;
export type Change = Changes["changes"][number];
