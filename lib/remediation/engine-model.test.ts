import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { ActionContext, ActionPlan, Step } from "#lib/integrations/integration.ts";
import type { Executed } from "#lib/remediation/conclude.ts";
import { execute, resume } from "#lib/remediation/execute.ts";
import type { Execution } from "#lib/remediation/execution.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import { waitingSteps } from "#lib/remediation/plan.ts";
import type { RunState, RunStep } from "#lib/wire/run.ts";

/**
 * The engine's real steps, undos, cancels and recoveries in a world that is a set of words, with a crash at any write or any
 * touch of the world. What must always hold is told beside it, by a model that knows the world's truth.
 */

/** How a step of the model behaves: whether it takes effect, and what it says of it. */
const behaviours = [
  "ok",
  "refused",
  "failed with effect",
  "failed without",
  "unclear with",
  "unclear without",
] as const;

interface Spec {
  readonly run: (typeof behaviours)[number];
  readonly undo: "none" | "ok" | "fails";
  readonly probe: boolean;
  readonly changes: boolean;
  readonly noReturn: boolean;
  readonly group: string;
}

interface Story {
  readonly steps: readonly Spec[];
  /** Whether each of what must always be done succeeds. */
  readonly finals: readonly boolean[];
  /** Touches of disk and world after which the engine dies, one for each life. */
  readonly crashes: readonly number[];
  readonly cancelAt: number | null;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  run: fc.oneof({ weight: 3, arbitrary: fc.constant("ok" as const) }, fc.constantFrom(...behaviours)),
  undo: fc.constantFrom("none", "ok", "ok", "fails"),
  probe: fc.boolean(),
  changes: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  noReturn: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  group: fc.constantFrom("a", "b"),
});
const grouped = fc
  .array(spec, { minLength: 1, maxLength: 6 })
  .map((steps) => steps.toSorted((a, b) => a.group.localeCompare(b.group)));
const story: fc.Arbitrary<Story> = fc.record({
  steps: grouped,
  finals: fc.array(fc.boolean(), { maxLength: 2 }),
  crashes: fc.array(fc.nat(30), { maxLength: 4 }),
  cancelAt: fc.option(fc.nat(30)),
});

class Crash extends Error {}

/** The world and the disk, which outlive the engine. */
class Stage {
  readonly standing = new Set<string>();
  readonly begun = new Set<string>();
  readonly finalsDone = new Set<string>();
  readonly runs = new Map<string, number>();
  /** Steps that the world was asked about after they were last begun, and that had no effect. */
  readonly provenAbsent = new Set<string>();
  steps: readonly RunStep[];
  state: RunState = "running";
  ticks = 0;
  dead = false;
  dieAt: number | null = null;

  constructor(steps: readonly RunStep[]) {
    this.steps = steps;
  }

  /** One touch of disk or world; the engine may die right before it. */
  touch(): void {
    if (this.dead) throw new Crash();
    this.ticks += 1;
    if (this.dieAt !== null && this.ticks > this.dieAt) {
      this.dead = true;
      throw new Crash();
    }
  }

  /** A touch of the world that is cut off right after its effect. */
  async take(effect: () => void): Promise<void> {
    this.touch();
    effect();
    this.touch();
  }
}

function planOf(it: Story, stage: Stage): ActionPlan {
  const steps = it.steps.map((one, index) => stepOf(`s${index}`, one, stage));
  const finals = it.finals.map((succeeds, index): Step => {
    const id = `f${index}`;
    const run = async () => {
      await stage.take(() => succeeds && stage.finalsDone.add(id));
      return succeeds ? ok("done") : err(failure("command-failed", "no"));
    };
    return { id, title: id, does: id, timeoutMs: 60_000, run };
  });
  const verify = {
    title: "v",
    consecutive: 1,
    everyMs: 1,
    timeoutMs: 1,
    probe: async () => ({ holds: true, evidence: "" }),
  };
  return { title: "t", effect: "e", touches: ["x"], heals: false, preflight: [], steps, finally: finals, verify };
}

function stepOf(id: string, one: Spec, stage: Stage): Step {
  const takes = one.changes && (one.run === "ok" || one.run.endsWith("with") || one.run === "failed with effect");
  const run: Step["run"] = async () => {
    const times = (stage.runs.get(id) ?? 0) + 1;
    stage.touch();
    if (one.changes && times > 1) assert.ok(stage.provenAbsent.has(id), `${id} is repeated unasked`);
    stage.runs.set(id, times);
    stage.provenAbsent.delete(id);
    stage.begun.add(id);
    await stage.take(() => takes && stage.standing.add(id));
    switch (one.run) {
      case "ok":
        return ok("done");
      case "refused":
        return err(failure("refused", "nobody listens"));
      case "failed with effect":
      case "failed without":
        return err(failure("command-failed", "no"));
      case "unclear with":
      case "unclear without":
        return err(failure("timeout", "no answer"));
      default:
        return one.run satisfies never;
    }
  };
  const undo: Step["undo"] = async () => {
    await stage.take(() => one.undo === "ok" && stage.standing.delete(id));
    return one.undo === "ok" ? ok("undone") : err(failure("command-failed", "cannot"));
  };
  const probe: Step["probe"] = async () => {
    stage.touch();
    const stands = stage.standing.has(id);
    if (!stands) stage.provenAbsent.add(id);
    return ok({ stands, evidence: stands ? "it stands" : "it does not" });
  };
  return {
    ...{ id, title: id, does: id, timeoutMs: 60_000, run, group: one.group, stands: `${id} stands` },
    ...(one.undo === "none" || !one.changes ? {} : { undo }),
    ...(one.probe ? { probe } : {}),
    ...(one.changes ? {} : { changes: false as const }),
    ...(one.noReturn && one.changes ? { noReturn: true as const } : {}),
  };
}

function executionOn(stage: Stage, plan: ActionPlan, cancel: AbortSignal): Execution {
  const journal: Journal = {
    note: () => undefined,
    output: () => undefined,
    endOutput: () => undefined,
    redact: (text) => text,
    commit: async (patch) => {
      stage.touch();
      if (patch?.steps !== undefined) stage.steps = patch.steps;
      if (patch?.state !== undefined) stage.state = patch.state;
    },
  };
  const contextFor = (signal: AbortSignal) => ({ signal }) as ActionContext;
  return { plan, journal, cancel, now: () => 0, contextFor, assertLocked: async () => undefined };
}

/** Lives through the whole story, however often the engine dies. */
async function live(it: Story): Promise<{ stage: Stage; plan: ActionPlan; end: Executed; lives: number }> {
  const stage = new Stage([]);
  const plan = planOf(it, stage);
  stage.steps = waitingSteps({ steps: [...plan.steps, ...(plan.finally ?? [])] });
  const crashes = [...it.crashes];
  const cancel = new AbortController();
  for (let lives = 1; ; lives += 1) {
    assert.ok(lives <= it.crashes.length + 1, "it comes to an end");
    stage.dead = false;
    stage.ticks = 0;
    stage.dieAt = crashes.shift() ?? null;
    if (it.cancelAt !== null && lives > 1) cancel.abort(new DOMException("as asked", "AbortError"));
    if (it.cancelAt === 0) cancel.abort(new DOMException("as asked", "AbortError"));
    const execution = executionOn(stage, plan, cancel.signal);
    try {
      const going =
        lives === 1 ? execute(execution, stage.steps) : resume(execution, stage.steps, stage.state === "undoing");
      return { stage, plan, end: await going, lives };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}

function check(it: Story, { stage, plan, end, lives }: Awaited<ReturnType<typeof live>>): void {
  const changing = plan.steps.filter((step) => step.changes !== false);
  const standing = changing.filter((step) => stage.standing.has(step.id));
  assert.notEqual(end.kind, "rehearsed");
  if (changing.some((step) => stage.begun.has(step.id))) {
    for (const [index, succeeds] of it.finals.entries()) {
      if (succeeds) assert.ok(stage.finalsDone.has(`f${index}`), "what must always be done was done");
      else assert.ok(end.kind === "broken" && end.left.some((words) => words.includes(`f${index}`)), "or is told");
    }
  }
  if (end.kind !== "broken") {
    assert.deepEqual(standing, changing, "all that was to be done is done");
    return;
  }
  for (const step of standing) {
    assert.ok(!end.state.endsWith("-clean"), `${end.state}, though ${step.id} stands`);
    const named = end.left.some((words) => words.includes(`${step.id} stands`));
    assert.ok(named || step.undo === undefined, `nobody is told that ${step.id} stands: ${end.left.join("; ")}`);
  }
  for (const words of end.left.filter((one) => !one.startsWith("in doubt") && !one.startsWith("not done"))) {
    assert.ok(
      standing.some((step) => words === `${step.id} stands`),
      `${words}: it does not`,
    );
  }
  if (end.state.endsWith("-clean")) assert.deepEqual(end.left, []);
  if (end.state === "unknown")
    assert.ok(
      end.left.some((words) => words.startsWith("in doubt")),
      "the doubt is named",
    );
  if (lives === 1) assert.ok(!end.verdict.includes("The poller stopped"));
}

describe("the engine, in every story", () => {
  it("does nothing twice, leaves nothing untold, and calls clean only what is", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (it) => check(it, await live(it))),
      { numRuns: 3_000 },
    );
  });

  it("killed at every boundary of a plan of four steps, in every way a step may end", async () => {
    const good: Spec = { run: "ok", undo: "ok", probe: true, changes: true, noReturn: false, group: "a" };
    for (const run of behaviours) {
      for (const noReturnAt of [null, 0, 1, 2, 3]) {
        const steps = [0, 1, 2, 3].map((index): Spec => {
          return { ...good, run: index === 2 ? run : "ok", noReturn: index === noReturnAt };
        });
        for (let at = 0; at < 40; at += 1) {
          const it: Story = { steps, finals: [true], crashes: [at], cancelAt: null };
          check(it, await live(it));
        }
      }
    }
  });

  it("comes to the same end as a reading of the plan, where nothing crashes", async () => {
    const calm = story.map((it) => ({ ...it, crashes: [], cancelAt: null, finals: [] }));
    await fc.assert(
      fc.asyncProperty(calm, async (it) => {
        const { stage, end } = await live(it);
        const read = readPlan(it.steps);
        assert.deepEqual([...stage.standing].sort(), read.standing);
        assert.equal(end.kind === "broken" ? end.state : end.kind, read.state);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What must come of a plan that nobody disturbs, read off it without any engine. */
function readPlan(steps: readonly Spec[]): { standing: string[]; state: string } {
  const failed = steps.findIndex((step) => step.run !== "ok");
  const takes = (step: Spec, at: number) =>
    step.changes && (at < failed || failed < 0 || step.run.endsWith("with") || step.run === "failed with effect");
  const taken = steps.map((step, at) => (failed < 0 || at <= failed) && takes(step, at));
  if (failed < 0) return { standing: idsWhere(taken), state: "done" };
  const broke = steps[failed];
  const mayStand = broke?.changes === true && broke.run !== "refused";
  const passed = steps.findLastIndex(
    (step, at) => step.noReturn && step.changes && (at < failed || (at === failed && mayStand)),
  );
  const group = steps[passed]?.group;
  const wholeGroup = passed >= 0 && steps.every((step, at) => step.group !== group || at < failed);
  const kept = wholeGroup ? steps.findLastIndex((step) => step.group === group) : passed;
  const undone = (at: number) =>
    at > kept && steps[at]?.undo === "ok" && steps[at]?.changes && (at < failed || mayStand);
  const standing = taken.map((is, at) => is && !undone(at));
  // The target may say that there is nothing to undo.
  const toldAbsent = failed > kept && mayStand && broke?.undo !== "none" && broke?.probe === true && !taken[failed];
  const brokeUndone = undone(failed) || toldAbsent;
  const unclear = broke?.run.startsWith("unclear") && broke.changes && !brokeUndone;
  const partial = standing.some((is, at) => is && at < failed) || (mayStand && !brokeUndone);
  return { standing: idsWhere(standing), state: unclear ? "unknown" : partial ? "failed-partial" : "failed-clean" };
}

function idsWhere(wanted: readonly boolean[]): string[] {
  return wanted.flatMap((is, at) => (is ? [`s${at}`] : []));
}
