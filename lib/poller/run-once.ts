import type { ServiceConfig } from "#lib/config/model.ts";
import type { Reach } from "#lib/core/distrust.ts";
import { failure } from "#lib/core/failure.ts";
import { mapTexts } from "#lib/core/map-texts.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Status } from "#lib/core/status.ts";
import type { Action, CollectContext, Collector, Manifest } from "#lib/integrations/integration.ts";
import { type Collected, collect } from "#lib/poller/collect.ts";
import type { Ending } from "#lib/poller/ending.ts";
import { type Judged, type JudgeInput, judgePoll } from "#lib/poller/judge-poll.ts";
import type { Planned } from "#lib/poller/planned.ts";
import type { NotedTransports } from "#lib/poller/reach.ts";
import type { Trust } from "#lib/poller/sight.ts";
import type { StateRow } from "#lib/store/states.ts";

export interface PollInput {
  readonly service: ServiceConfig;
  readonly manifest: Manifest;
  readonly collector: Collector;
  readonly actions: readonly Action[];
  readonly noted: NotedTransports;
  readonly mail?: NonNullable<CollectContext<unknown, unknown>["mail"]>;
  readonly secret: (reference: string) => Result<string>;
  /** Takes known secrets out of any text. */
  readonly redact: (text: string) => string;
  readonly ending: Ending;
  readonly now: () => number;
  /** The last good sample of this poller's life. */
  readonly previous: { readonly detail: unknown; readonly at: number } | undefined;
  /** Asked when the poll has ended: other polls went on meanwhile. */
  readonly before: () => StateRow;
  readonly look: (id: string) => { readonly name: string; readonly status: Status } | undefined;
  /** Asked when the poll has ended: how far what it brought can be believed. */
  readonly trust: (reaches: readonly Reach[], failed: boolean) => Trust;
  readonly planned: Pick<Planned, "covers" | "excuse">;
  readonly alarms: JudgeInput["alarms"];
}

export interface PollOutcome extends Judged {
  readonly collected: Collected;
}

/** One whole poll: collect within the deadline, judge, and say what changed. Never throws. */
export async function runOnce(input: PollInput): Promise<PollOutcome> {
  const { service, now, previous, ending, noted } = input;
  const context = {
    config: service.config,
    transports: noted.transports,
    ...(input.mail === undefined ? {} : { mail: input.mail }),
    secret: input.secret,
    timeoutMs: service.timeoutMs,
    now,
    previous,
  };
  const raw = await collect(input.collector, context, ending);
  // What a watched server says may quote the password it was sent, or one that another server was sent.
  const collected = { ...raw, result: mapTexts(raw.result, input.redact) };
  const trust = input.trust(noted.take(), !collected.result.ok);
  try {
    return { collected, ...judged(input, collected, trust) };
  } catch (bug) {
    const result = err(failure("internal", "judging the sample failed; the poller's log has the details"));
    const blamed = { ...collected, result, bug };
    return { collected: blamed, ...judged({ ...input, actions: [] }, blamed, trust) };
  }
}

function judged(input: PollInput, collected: Collected, trust: Trust): Judged {
  const { service, manifest, actions, look, planned, alarms } = input;
  const { result, endedAt, durationMs } = collected;
  // The detail is stored as JSON, so what is judged is what can be read back.
  const plain = result.ok ? ok({ ...result.value, detail: result.value.detail ?? null }) : result;
  const parts = { service, manifest, actions, before: input.before(), look, planned, alarms, held: trust.held };
  const counts = trust.blind === null;
  return judgePoll({
    ...parts,
    result: trust.blind === null ? plain : err(trust.blind),
    counts,
    at: endedAt,
    durationMs,
  });
}
