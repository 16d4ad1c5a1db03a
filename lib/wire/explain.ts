import { z } from "zod";

/** Body of `POST /api/v1/services/:id/dependencies/refuse` and `/accept`. */
export const dependencyRequest = z.strictObject({ dependsOn: z.string().min(1).max(64) });

/** What either answers: whether it is refused now. */
export const dependencyAnswer = z.object({ refused: z.boolean() });
