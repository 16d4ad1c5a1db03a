import { z } from "zod";
import { wordsText } from "#lib/wire/words.ts";

/** States of a run, in the order it passes through them; the ends are honest about what is known. */
export const runStates = [
  "requested",
  "checking",
  "planned",
  "running",
  "verifying",
  "undoing",
  "succeeded",
  "succeeded-not-fixed",
  "failed-clean",
  "failed-partial",
  "unknown",
  "cancelled-clean",
  "cancelled-partial",
  "expired",
  "refused",
] as const;
export type RunState = (typeof runStates)[number];

/** Whether the run is over, in words a reader and the engine agree on. */
export function isEnded(state: RunState): boolean {
  switch (state) {
    case "requested":
    case "checking":
    case "planned":
    case "running":
    case "verifying":
    case "undoing":
      return false;
    case "succeeded":
    case "succeeded-not-fixed":
    case "failed-clean":
    case "failed-partial":
    case "unknown":
    case "cancelled-clean":
    case "cancelled-partial":
    case "expired":
    case "refused":
      return true;
    default:
      return state satisfies never;
  }
}

export const runCheckDto = z.object({
  id: z.string(),
  title: z.string(),
  verdict: z.enum(["pass", "warn", "block", "unknown"]),
  evidence: z.string(),
  tookMs: z.number(),
  at: z.number(),
});

export const runStepDto = z.object({
  id: z.string(),
  title: z.string(),
  does: z.string(),
  state: z.enum(["waiting", "running", "done", "failed", "undone", "skipped"]),
  evidence: z.string().nullable(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});

export const runPlanDto = z.object({
  /** Digest of everything below but the checks' evidence: a confirmation names the plan it confirms. */
  hash: z.string(),
  title: z.string(),
  effect: z.string(),
  touches: z.array(z.string()),
  caveat: z.string().nullable(),
  steps: z.array(z.object({ id: z.string(), title: z.string(), does: z.string() })),
  verify: z.string(),
  expiresAt: z.number(),
});

/** One line of the append-only journal. */
export const journalLineDto = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.enum(["state", "check", "step", "output", "verify", "note"]),
  node: z.string().nullable(),
  text: z.string(),
});

export const runDto = z.object({
  id: z.string(),
  serviceId: z.string(),
  serviceName: z.string(),
  action: z.string(),
  title: z.string(),
  risk: z.enum(["none", "low", "medium", "high", "critical"]),
  params: z.record(z.string(), z.string()),
  actor: z.string(),
  state: z.enum(runStates),
  /** Why it ended as it did, one sentence; `null` while it goes on. */
  verdict: z.string().nullable(),
  plan: runPlanDto.nullable(),
  checks: z.array(runCheckDto),
  steps: z.array(runStepDto),
  verification: z.object({ title: z.string(), held: z.number(), wanted: z.number(), evidence: z.string() }).nullable(),
  requestedAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  cancelRequested: z.boolean(),
  journal: z.array(journalLineDto),
  seq: z.number(),
});

/** Body of `POST /api/v1/runs`. `mode: "plan"` checks and waits for a confirmation; `"run"` goes on by itself when all checks pass. */
export const runRequest = z.strictObject({
  serviceId: z.string().min(1).max(200),
  action: z.string().min(1).max(100),
  params: z.record(z.string().max(100), z.string().max(500)).default({}),
  mode: z.enum(["plan", "run"]).default("run"),
  reason: wordsText(500).optional(),
});

/** Body of `POST /api/v1/runs/:id/confirm`. */
export const runConfirmation = z.strictObject({ planHash: z.string().min(1) });

export type Run = z.infer<typeof runDto>;
export type RunPlan = z.infer<typeof runPlanDto>;
export type RunCheck = z.infer<typeof runCheckDto>;
export type RunStep = z.infer<typeof runStepDto>;
export type JournalLine = z.infer<typeof journalLineDto>;
export type RunRequest = z.infer<typeof runRequest>;
