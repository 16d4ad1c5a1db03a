import { z } from "zod";
import { foreignLine } from "#lib/core/foreign-text.ts";

/** One line that a person reads: nothing in it may move a cursor or break a line. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "expected one line without control characters")
    .transform((text) => foreignLine(text, most));

const httpLink = z
  .string()
  .max(500)
  .refine((text) => ["http:", "https:"].includes(URL.parse(text)?.protocol ?? ""), "expected an http or https address")
  .refine(
    (text) => foreignLine(text, 500) === text,
    "expected an address without characters that are unseen or pile up",
  );

const moment = z.union([
  z.number().int().min(0),
  z
    .string()
    .refine(
      (text) => /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)),
      "expected epoch milliseconds or ISO 8601 with its zone",
    )
    .transform((text) => Date.parse(text)),
]);

/** What is added to the title of a deploy on the timeline. */
export const deployPhases = { begun: " began", ended: " ended" } as const;

/** Body of `POST /api/v1/events`: a marker, so that graphs show what was done when. */
export const markerRequest = z
  .strictObject({
    kind: z.enum(["deploy", "config", "note"]),
    title: line(200),
    /** Of a deploy: sent at its beginning and again, with the same title, at its end. While it goes on no rule heals. */
    phase: z.enum(["begun", "ended"]).optional(),
    /** Id of the service it concerns; without one it concerns all. */
    service: z.string().max(64).optional(),
    /** When it was; without it, now. */
    at: moment.optional(),
    /** Where one reads more: a commit, a pipeline. */
    link: httpLink.optional(),
    /** Who or what did it. */
    by: line(100).optional(),
    /** The sender's own name for it: sent again, it is the same marker. */
    id: z
      .string()
      .regex(/^[\x21-\x7e]{1,100}$/, "expected 1 to 100 characters without spaces")
      .optional(),
  })
  .refine(({ kind, phase }) => phase === undefined || kind === "deploy", {
    message: "only a deploy begins and ends",
    path: ["phase"],
  });

export const markerDto = z.object({
  id: z.number(),
  at: z.number(),
  kind: z.enum(["deploy", "config", "note"]),
  title: z.string(),
  service: z.string().nullable(),
});
export type MarkerDto = z.infer<typeof markerDto>;
