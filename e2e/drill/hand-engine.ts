import type { ActionContext, ActionPlan } from "#lib/integrations/integration.ts";
import type { Executed } from "#lib/remediation/conclude.ts";
import { execute, resume } from "#lib/remediation/execute.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import { waitingSteps } from "#lib/remediation/plan.ts";
import { allSteps } from "#lib/remediation/policy.ts";
import type { RunState, RunStep } from "#lib/wire/run.ts";

/** The engine's way through a plan against real servers, with a disk in memory and a death at any write. */
export interface HandEngine {
  /** Does the plan's steps; with `dieAt`, dies instead of that write. `null`: it died. */
  readonly run: (dieAt?: number) => Promise<Executed | null>;
  /** Another engine finds what is on the disk, and goes on. */
  readonly resume: () => Promise<Executed>;
  readonly steps: () => readonly RunStep[];
  /** How many writes there were so far in this life. */
  readonly writes: () => number;
}

class Death extends Error {}

type Bare = Omit<ActionContext, "remember" | "recall" | "signal" | "epoch" | "raise" | "clear">;

/** `contextOf` gives what is the same for all parts; `on` is the service that a part is about. */
export function handEngine(plan: ActionPlan, contextOf: (on?: string) => Bare): HandEngine {
  const memory = new Map<string, string>();
  let steps: readonly RunStep[] = waitingSteps({ steps: [...allSteps(plan)] });
  let state: RunState = "running";
  let writes = 0;
  let dieAt: number | null = null;
  let dead = false;
  const write = (change: () => void) => {
    writes += 1;
    if (dead || (dieAt !== null && writes > dieAt)) {
      dead = true;
      throw new Death();
    }
    change();
  };
  const journal: Journal = {
    note: () => undefined,
    output: () => undefined,
    endOutput: () => undefined,
    redact: (text) => text,
    commit: async (patch, also) => {
      // Lines alone are no boundary: they come by the clock.
      if (patch === undefined && also === undefined) return;
      write(() => {
        steps = patch?.steps ?? steps;
        state = patch?.state ?? state;
      });
    },
  };
  const execution = {
    plan,
    journal,
    cancel: new AbortController().signal,
    now: Date.now,
    assertLocked: async () => undefined,
    contextFor: (signal: AbortSignal, { on }: { readonly on?: string }): ActionContext => ({
      ...contextOf(on),
      signal,
      epoch: 1,
      remember: async (key, value) => write(() => memory.set(`${on ?? ""}/${key}`, value)),
      recall: (key) => memory.get(`${on ?? ""}/${key}`),
      raise: async () => undefined,
      clear: async () => undefined,
    }),
  };
  const live = async (going: () => Promise<Executed>, at: number | null): Promise<Executed | null> => {
    [writes, dieAt, dead] = [0, at, false];
    try {
      return await going();
    } catch (error) {
      if (error instanceof Death) return null;
      throw error;
    }
  };
  return {
    run: (at) => live(() => execute(execution, steps), at ?? null),
    resume: async () => {
      const end = await live(() => resume(execution, steps, state === "undoing"), null);
      if (end === null) throw new Error("an engine that is not killed died");
      return end;
    },
    steps: () => steps,
    writes: () => writes,
  };
}
