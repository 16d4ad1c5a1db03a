import assert from "node:assert/strict";
import { ok } from "#lib/core/result.ts";
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

type Bare = Omit<ActionContext, "remember" | "recall" | "trouble" | "signal" | "epoch" | "raise" | "clear">;

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
        // As a disk has it: what is changed afterwards and never written is not on it.
        steps = [...(patch?.steps ?? steps)];
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
      // As the engine's own: a step that was cut off must not go on waiting in the background.
      sleep: async (ms) => {
        await contextOf(on).sleep(ms);
        signal.throwIfAborted();
      },
      epoch: 1,
      remember: async (key, value) => write(() => memory.set(`${on ?? ""}/${key}`, value)),
      recall: (key) => memory.get(`${on ?? ""}/${key}`),
      trouble: async () => ok([]),
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

/** A remedy about to be carried out, and how its effect is seen by the target's own tools. */
export interface Stage {
  readonly plan: ActionPlan;
  readonly contextOf: (on?: string) => Bare;
  readonly happened: () => Promise<boolean>;
  readonly tidy?: () => Promise<void>;
}

/** Dies at each write in turn, on a stage of its own each time: what a successor then says of the run has to be what is true. */
export async function killedAtEveryWrite(stage: () => Promise<Stage>): Promise<void> {
  for (let at = 0; ; at += 1) {
    const { plan, contextOf, happened, tidy } = await stage();
    const engine = handEngine(plan, contextOf);
    const whole = await engine.run(at);
    const end = whole ?? (await engine.resume());
    const words = `${plan.title}, killed at write ${at}: ${JSON.stringify(end)}`;
    if (end.kind === "done") assert.equal(await happened(), true, words);
    else if (end.kind === "rehearsed") assert.fail(words);
    else if (end.state.endsWith("-clean")) assert.equal(await happened(), false, words);
    else assert.notEqual(end.left.length, 0, words);
    await tidy?.();
    if (whole !== null) return;
  }
}
