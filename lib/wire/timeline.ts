import { z } from "zod";
import { statuses } from "#lib/core/status.ts";

const factValue = z.union([z.string(), z.number(), z.boolean()]);

/** What was different at a watched thing: `web-02`, `version`, from what to what. */
export const factChangeDto = z.object({ subject: z.string(), name: z.string(), from: factValue, to: factValue });

/**
 * Anything on the timeline. `change` is what polls saw change at the watched things themselves; `deploy`, `config` and
 * `note` also come in from outside, by `POST /api/v1/events`.
 */
export const timelineEventDto = z.object({
  id: z.number(),
  at: z.number(),
  serviceId: z.string().nullable(),
  kind: z.enum([
    "status",
    "run",
    "heal",
    "snapshot",
    "config",
    "poller",
    "change",
    "deploy",
    "note",
    "maintenance",
    "acknowledgement",
    "silence",
    "incident",
    "symptom",
    "comment",
    "runbook",
    "runbook-step",
  ]),
  /** For `status`: from what to what. */
  from: z.enum(statuses).nullable(),
  to: z.enum(statuses).nullable(),
  actor: z.string().nullable(),
  text: z.string(),
  runId: z.string().nullable(),
  /** Of an incident or a comment. */
  incidentId: z.string().nullable().exactOptional(),
  /** Of a `change`. */
  change: factChangeDto.exactOptional(),
  /** Where a marker leads; of a runbook, its page. */
  link: z.string().exactOptional(),
  /**
   * For `status`: `soft` when it was only seen, `hard` when it was confirmed: incidents and pages hang on `hard` alone. For
   * `deploy`: whether this is its beginning or its end, where it told.
   */
  state: z.enum(["soft", "hard", "begun", "ended"]).nullable().exactOptional(),
  /** For `poller`: since when nothing was measured, until `at`. Such a gap is neither up nor down. */
  since: z.number().nullable().exactOptional(),
});
export type TimelineEvent = z.infer<typeof timelineEventDto>;

/** `GET /api/v1/timeline?from=&to=`: status lanes of every service that was in trouble, and what happened. */
export const timelineDto = z.object({
  from: z.number(),
  to: z.number(),
  /** How far back the board can be shown: whole as long as polls are kept, then what they were rolled up to. */
  keptFrom: z.number().nullable().exactOptional(),
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
