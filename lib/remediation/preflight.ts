import type { ActionContext, ActionPlan, Check, CheckResult } from "#lib/integrations/integration.ts";
import { type Bounded, runBounded } from "#lib/remediation/bounded.ts";
import type { Part } from "#lib/remediation/execution.ts";
import type { RunCheck } from "#lib/wire/run.ts";

export const checkTimeoutMs = 15_000;

/** Runs all checks live and reports all of them, so that a reader learns every reason at once. A check that fails is unknown. */
export async function preflight(
  plan: Pick<ActionPlan, "preflight">,
  parts: {
    readonly contextFor: (signal: AbortSignal, part: Part) => ActionContext;
    readonly cancel: AbortSignal;
    readonly now: () => number;
    readonly redact: (text: string) => string;
  },
): Promise<RunCheck[]> {
  const results: RunCheck[] = [];
  const waiting = [...plan.preflight.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await runCheck(next[1], parts);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** A plan over many servers asks one and the same socket by each of its checks, and HAProxy lets ten wait there. */
const atOnce = 4;

async function runCheck(check: Check, parts: Parameters<typeof preflight>[1]): Promise<RunCheck> {
  const begun = performance.now();
  const outcome = await runBounded(
    (signal) => check.run(parts.contextFor(signal, check)),
    checkTimeoutMs,
    parts.cancel,
  );
  const { verdict, evidence } = resultOf(outcome);
  return {
    id: check.id,
    title: check.title,
    verdict,
    evidence: parts.redact(evidence),
    tookMs: Math.round(performance.now() - begun),
    at: parts.now(),
  };
}

function resultOf(outcome: Bounded<CheckResult>): CheckResult {
  switch (outcome.kind) {
    case "ended":
      return outcome.value;
    case "threw":
      return { verdict: "unknown", evidence: `the check itself failed: ${nameOf(outcome.bug)}` };
    case "left-behind":
      return { verdict: "unknown", evidence: `no answer within ${checkTimeoutMs / 1_000} s` };
    default:
      return outcome satisfies never;
  }
}

function nameOf(bug: unknown): string {
  return bug instanceof Error ? bug.name : typeof bug;
}
