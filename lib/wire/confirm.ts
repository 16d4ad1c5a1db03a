import { z } from "zod";
import { flapWindow } from "#lib/core/state.ts";

const polls = z.int().min(1).max(flapWindow);

/** When trouble counts as confirmed: that many polls in a row, or that many of the last few. */
export const confirmDto = z.union([
  z.strictObject({ after: polls, recover: polls }),
  z
    .strictObject({ fails: polls, of: polls })
    .refine(({ fails, of }) => fails <= of, "fails must be at most of, or nothing would ever be confirmed"),
]);

/** Body of `POST /api/v1/services/:id/confirmation`; `null` gives the say back to pitwall.yaml. */
export const confirmRequest = z.strictObject({ confirm: confirmDto.nullable() });

/** What either answers: how it is confirmed from the next poll on. */
export const confirmAnswer = z.object({ confirm: confirmDto.nullable() });
