import type { Alarm } from "#lib/core/alarm.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { ActionContext, CheckResult, Sample } from "#lib/integrations/integration.ts";
import { actions } from "#lib/integrations/postgres/actions.ts";
import { collect } from "#lib/integrations/postgres/collector.ts";
import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import type { Transports } from "#lib/transports/types.ts";

/** What a remedy did when it was carried out for a test, in the engine's order but without its store. */
export interface RealRun {
  readonly checks: Readonly<Record<string, CheckResult>>;
  /** Evidence of the steps that were done. */
  readonly done: readonly string[];
  /** What stopped it, if anything. */
  readonly stopped: string | null;
  readonly lines: readonly string[];
  /** Whether the proof held as often as wanted, and what it said last. */
  readonly proven: boolean;
  readonly evidence: string;
}

export interface RealBench {
  readonly poll: () => Promise<Sample<PostgresDetail>>;
  readonly context: (lines?: string[]) => ActionContext<PostgresConfig, PostgresDetail>;
  readonly alarms: Map<string, Alarm>;
  /** Checks, acts and proves. `between` is called after the checks: the world may change there. */
  readonly run: (
    actionId: string,
    params: Readonly<Record<string, string>>,
    between?: () => Promise<void>,
  ) => Promise<RealRun>;
}

/** A configuration with everything to poll it and carry out its remedies. */
export function createBench(
  config: PostgresConfig,
  transports: Transports,
  secret: ActionContext["secret"] = (reference) => err(failure("secret-missing", `${reference} is not there`)),
): RealBench {
  let last: PostgresDetail | undefined;
  const memory = new Map<string, string>();
  const alarms = new Map<string, Alarm>();
  const base = {
    config,
    transports,
    secret,
    signal: new AbortController().signal,
    now: Date.now,
  };
  const poll = async (): Promise<Sample<PostgresDetail>> => {
    const previous = last === undefined ? undefined : { detail: last, at: 0 };
    const sample = await collect({ ...base, timeoutMs: 10_000, previous });
    if (!sample.ok) throw new Error(`${sample.error.what}: ${sample.error.said}`);
    last = sample.value.detail;
    return sample.value;
  };
  const context: RealBench["context"] = (lines = []) => ({
    ...base,
    serviceId: "pg-main",
    epoch: 1,
    output: (line) => void lines.push(line),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    poll: async () => ok(await poll()),
    trouble: async () => ok([]),
    remember: async (key, value) => void memory.set(key, value),
    recall: (key) => memory.get(key),
    raise: async (alarm) => void alarms.set(alarm.key, alarm),
    clear: async (key) => void alarms.delete(key),
  });
  return {
    poll,
    context,
    alarms,
    run: async (actionId, params, between) => {
      const action = actions.find((each) => each.id === actionId);
      const plan = action?.plan(config, params, (await poll()).detail);
      if (plan === undefined || !plan.ok) throw new Error(`no plan: ${plan?.error.what}`);
      const lines: string[] = [];
      const mine = context(lines);
      const checks: Record<string, CheckResult> = {};
      for (const check of plan.value.preflight) checks[check.id] = await check.run(mine);
      const none = { checks, done: [], lines, proven: false, evidence: "" };
      const bad = Object.values(checks).find(({ verdict }) => verdict === "block" || verdict === "unknown");
      if (bad !== undefined) return { ...none, stopped: `${bad.verdict}: ${bad.evidence}` };
      await between?.();
      const done: string[] = [];
      for (const step of plan.value.steps) {
        const result = await step.run(mine);
        if (!result.ok) return { ...none, done, stopped: `${step.id}: ${result.error.kind}: ${result.error.what}` };
        done.push(result.value);
      }
      const { probe, consecutive, everyMs, timeoutMs } = plan.value.verify;
      const endAt = Date.now() + timeoutMs;
      let [held, evidence] = [0, ""];
      while (held < consecutive && Date.now() < endAt) {
        const seen = await probe(mine);
        held = seen.holds ? held + 1 : 0;
        evidence = seen.evidence;
        await new Promise((resolve) => setTimeout(resolve, Math.min(everyMs, 100)));
      }
      return { checks, done, stopped: null, lines, proven: held >= consecutive, evidence };
    },
  };
}
