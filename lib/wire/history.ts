import { z } from "zod";
import { statuses } from "#lib/core/status.ts";

/**
 * `GET /api/v1/services/:id/series`: one metric over time, thinned without losing its extremes. Parallel arrays; a slot in
 * which nothing was measured is `null` in all of them and 0 in `count`: a gap, never a zero.
 */
export const seriesDto = z.object({
  key: z.string(),
  from: z.number(),
  to: z.number(),
  /** Width of a slot; `at[i]` is its begin. */
  stepMs: z.number(),
  at: z.array(z.number()),
  min: z.array(z.number().nullable()),
  max: z.array(z.number().nullable()),
  mean: z.array(z.number().nullable()),
  /** How many polls measured it. */
  count: z.array(z.number()),
});
export type SeriesDto = z.infer<typeof seriesDto>;

/** One look back. Planned time, and time in which nobody could see, is neither up nor down. */
export const availabilityWindowDto = z.object({
  days: z.number(),
  /** Share of the time that counts, 0 to 100; `null` when none does. Warning is up: it works. */
  percent: z.number().nullable(),
  upSeconds: z.number(),
  downSeconds: z.number(),
  plannedSeconds: z.number(),
  /** Status unknown, poller not running, or before watching began. */
  unseenSeconds: z.number(),
});

export const availabilityDto = z.object({
  at: z.number(),
  windows: z.array(availabilityWindowDto),
  /** The last 24 hours, a beat each quarter of an hour, oldest first: the worst that was seen, `null` where nothing was. */
  beats: z.array(z.object({ at: z.number(), status: z.enum(statuses).nullable() })),
});
export type AvailabilityDto = z.infer<typeof availabilityDto>;
