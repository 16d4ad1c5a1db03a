import { z } from "zod";
import { runbookOfRun } from "#lib/wire/runbook-mark.ts";
import { givenWords, wordsText } from "#lib/wire/words.ts";

/** States of a run, in the order it passes through them; the ends are honest about what is known. */
export const runStates = [
  "requested",
  "checking",
  "planned",
  "approving",
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
  "rehearsed",
  "expired",
  "refused",
] as const;
export type Aftermath = (typeof aftermaths)[number];
export type RunState = (typeof runStates)[number];

/** Whether the run is over, in words a reader and the engine agree on. */
export function isEnded(state: RunState): boolean {
  switch (state) {
    case "requested":
    case "checking":
    case "planned":
    case "approving":
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
    case "rehearsed":
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
  /** A warning that nobody passes over without a word: the confirmation says why. */
  heed: z.literal(true).exactOptional(),
  tookMs: z.number(),
  at: z.number(),
});

/**
 * What a failed step left behind, as far as its failure tells: nothing; something, but it is over; nobody knows; or it may go
 * on by itself over there.
 */
export const aftermaths = ["untouched", "ended", "unclear", "may-still-run"] as const;

export const runStepDto = z.object({
  id: z.string(),
  title: z.string(),
  does: z.string(),
  state: z.enum(["waiting", "running", "done", "failed", "undone", "skipped"]),
  evidence: z.string().nullable(),
  /** Of a failed step. */
  aftermath: z.enum(aftermaths).exactOptional(),
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
  /** Whether all of it can be put back afterwards. */
  undoable: z.boolean().exactOptional(),
  expiresAt: z.number(),
});

/** One person's word on a plan: slot 0 confirmed it, the others approved it or denied it. */
export const approvalDto = z.object({
  slot: z.number(),
  word: z.enum(["confirmed", "approved", "denied"]),
  by: z.string(),
  reason: z.string().nullable(),
  at: z.number(),
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
  /** `dry`: as a real one, up to the first step that changes anything. */
  mode: z.enum(["plan", "run", "dry"]).exactOptional(),
  reason: z.string().nullable().exactOptional(),
  approvals: z.array(approvalDto).exactOptional(),
  /** How many people beside who asked must approve it. */
  approvalsNeeded: z.number().exactOptional(),
  /** What it left changed or in doubt: an alarm until somebody settles it. */
  left: z.array(z.string()).exactOptional(),
  settled: z.object({ at: z.number(), by: z.string(), words: z.string() }).nullable().exactOptional(),
  /** The run that this one undoes. */
  undoOf: z.string().nullable().exactOptional(),
  /** Until when it can be undone; `null` when it cannot. */
  undoableUntil: z.number().nullable().exactOptional(),
  journal: z.array(journalLineDto),
  seq: z.number(),
});

/**
 * Body of `POST /api/v1/runs`. `mode: "plan"` checks and waits for a confirmation; `"run"` goes on by itself when all checks
 * pass, and is for what is safe alone; `"dry"` ends before the first step that changes anything.
 */
export const runRequest = z.strictObject({
  serviceId: z.string().min(1).max(200),
  action: z.string().min(1).max(100),
  params: z.record(z.string().max(100), z.string().max(500)).default({}),
  mode: z.enum(["plan", "run", "dry"]).default("plan"),
  reason: wordsText(500).optional(),
  /** The step of a runbook that it is started from. */
  runbook: runbookOfRun.optional(),
});

/** Body of `POST /api/v1/runs/:id/confirm`. */
export const runConfirmation = z.strictObject({
  planHash: z.string().min(1),
  /** For what can hurt: the service's name, typed. */
  typed: z.string().max(200).optional(),
  /** Why, for whoever reads it later; for what can hurt, and in spite of a warning to heed, it must be there. */
  reason: givenWords(500, "say why").optional(),
});

/** Body of `POST /api/v1/runs/:id/approve`: a second person's word on the very plan that was shown. */
export const runApproval = z.strictObject({
  planHash: z.string().min(1),
  word: z.enum(["approved", "denied"]),
  reason: givenWords(500, "say why").optional(),
});

/** Body of `POST /api/v1/runs/:id/settle`: somebody looked at what it left, and says how it is. */
export const runSettlement = z.strictObject({ words: givenWords(500, "say how it is") });

/** How much care a confirmation asks for. */
export type Care = "one-click" | "plan" | "retype" | "second-person";

/** The warning that a confirmation must answer with a reason; `undefined` where there is none. */
export function warningToHeed({ checks }: { readonly checks: readonly RunCheck[] }): RunCheck | undefined {
  return checks.find(({ heed, verdict }) => heed === true && verdict === "warn");
}

/** What is safe runs on one click; what disturbs waits for the button under its plan; beyond that the name is typed and a reason given; the highest asks for a second person. */
export function careFor(risk: Run["risk"]): Care {
  switch (risk) {
    case "none":
    case "low":
      return "one-click";
    case "medium":
      return "plan";
    case "high":
      return "retype";
    case "critical":
      return "second-person";
    default:
      return risk satisfies never;
  }
}

/** How many people beside who asked must approve. */
export function approvalsNeeded(risk: Run["risk"]): number {
  return careFor(risk) === "second-person" ? 1 : 0;
}

/** How long a plan waits for a second person's approval. */
export const approvalForMs = 15 * 60_000;

/** How long what was done can be put back by one click. */
export const undoForMs = 15 * 60_000;

export type Run = z.infer<typeof runDto>;
export type RunPlan = z.infer<typeof runPlanDto>;
export type RunCheck = z.infer<typeof runCheckDto>;
export type RunStep = z.infer<typeof runStepDto>;
export type JournalLine = z.infer<typeof journalLineDto>;
export type RunRequest = z.infer<typeof runRequest>;
