import { z } from "zod";
import { givenWords, wordsText } from "#lib/wire/words.ts";

/** Planned work on a service, as the board shows it. */
export const maintenanceMarkDto = z.object({
  id: z.string(),
  note: z.string(),
  by: z.string(),
  from: z.number(),
  until: z.number(),
  /** The nodes it is about; `null` for the service as a whole. */
  nodes: z.array(z.string()).nullable(),
});

/** Why a service's trouble alerts nobody: a person's words, and until when they hold. */
export const muteMarkDto = z.object({
  id: z.string(),
  words: z.string(),
  by: z.string(),
  at: z.number(),
  until: z.number(),
});

const hourMs = 3_600_000;
const lasting = (most: number) => z.number().int().min(60_000).max(most);

/** Body of `POST /api/v1/services/:id/acknowledge`. */
export const acknowledgeRequest = z.strictObject({
  comment: wordsText(500).default(""),
  forMs: lasting(30 * 24 * hourMs).default(hourMs),
});

/** Body of `POST /api/v1/services/:id/silence`. */
export const silenceRequest = z.strictObject({
  reason: givenWords(500, "say why nobody is to be told"),
  forMs: lasting(30 * 24 * hourMs).default(hourMs),
});

const names = z.array(z.string().min(1).max(200)).max(200).default([]);

/** Body of `POST /api/v1/maintenance`: it begins at once. */
export const maintenanceRequest = z
  .strictObject({
    services: names,
    groups: names,
    nodes: names,
    note: wordsText(500).default(""),
    forMs: lasting(30 * 24 * hourMs).default(hourMs),
  })
  .refine(({ services, groups, nodes }) => services.length + groups.length + nodes.length > 0, {
    message: "name at least one service, group or node",
    path: ["services"],
  })
  .meta({ examples: [{ services: ["<service>"], note: "upgrade", forMs: hourMs }] });

/** A stretch of planned work: `GET /api/v1/maintenance` lists those that hold, those to come, and the last ones. */
export const maintenanceDto = z.object({
  id: z.string(),
  origin: z.enum(["hand", "config"]),
  covers: z.object({ services: z.array(z.string()), groups: z.array(z.string()), nodes: z.array(z.string()) }),
  note: z.string(),
  by: z.string(),
  from: z.number(),
  until: z.number(),
  endedBy: z.string().nullable(),
});

export type MuteMark = z.infer<typeof muteMarkDto>;
export type MaintenanceDto = z.infer<typeof maintenanceDto>;
