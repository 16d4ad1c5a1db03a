import { z } from "zod";
import { timelineEventDto } from "#lib/wire/timeline.ts";
import { givenWords } from "#lib/wire/words.ts";

/** An incident in a few words. */
export const incidentMarkDto = z.object({
  id: z.string(),
  /** The board's sentence when it opened. */
  title: z.string(),
  /** `null` when it lies in a service that the reader may not see. */
  rootId: z.string().nullable(),
  rootName: z.string(),
  openedAt: z.number(),
  resolvedAt: z.number().nullable(),
  /** How many services suffered, the root included. */
  services: z.number(),
  /** Rises with each change of it, comments included. */
  seq: z.number(),
});

/** `GET /api/v1/incidents/:id`: who suffered when, and everything that happened meanwhile, oldest first. */
export const incidentDto = incidentMarkDto.extend({
  mergedInto: z.string().nullable(),
  members: z.array(
    z.object({
      serviceId: z.string(),
      name: z.string(),
      root: z.boolean(),
      from: z.number(),
      until: z.number().nullable(),
    }),
  ),
  timeline: z.array(timelineEventDto),
});

/** Body of `POST /api/v1/incidents/:id/comments`. */
export const commentRequest = z.strictObject({ text: givenWords(2_000, "say something") });

export type IncidentMark = z.infer<typeof incidentMarkDto>;
export type IncidentView = z.infer<typeof incidentDto>;
