import { z } from "zod";
import { boardDto } from "#lib/wire/board.ts";
import { runDto } from "#lib/wire/run.ts";
import { timelineEventDto } from "#lib/wire/timeline.ts";
import { wordsLine, wordsText } from "#lib/wire/words.ts";

/** Body of `POST /api/v1/snapshots`. */
export const snapshotRequest = z.strictObject({
  title: wordsLine(200).optional(),
  note: wordsText(4_000).optional(),
  /** How long the link works. */
  expiresInMs: z
    .number()
    .int()
    .min(60_000)
    .max(90 * 86_400_000)
    .default(7 * 86_400_000),
});

/** What the team sees of a shared snapshot; the secret itself is shown once, at creation. */
export const snapshotDto = z.object({
  id: z.string(),
  title: z.string(),
  note: z.string().nullable(),
  at: z.number(),
  createdBy: z.string(),
  expiresAt: z.number(),
  revokedAt: z.number().nullable(),
  bytes: z.number(),
  sha256: z.string(),
});

/** Answer of `POST /api/v1/snapshots`: the only time the link's secret is told. */
export const snapshotCreatedDto = snapshotDto.extend({ path: z.string() });

/** The frozen board. Sealed as canonical JSON with its sha256; rendered with no live query. */
export const frozenBoardDto = z.object({
  version: z.literal(1),
  title: z.string(),
  note: z.string().nullable(),
  frozenAt: z.number(),
  createdBy: z.string(),
  board: boardDto,
  timeline: z.array(timelineEventDto),
  runs: z.array(runDto),
});

export type SnapshotDto = z.infer<typeof snapshotDto>;
export type SnapshotCreated = z.infer<typeof snapshotCreatedDto>;
export type FrozenBoard = z.infer<typeof frozenBoardDto>;
