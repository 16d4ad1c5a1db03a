import type { ServiceConfig } from "#lib/config/model.ts";
import { formatDuration } from "#lib/core/duration.ts";
import type { Failure } from "#lib/core/failure.ts";
import { type Finding, findingKey } from "#lib/core/finding.ts";
import type { Result } from "#lib/core/result.ts";
import { forgetPending, type Judgement, judgeNext } from "#lib/core/rule.ts";
import { nextState, type StateMemory, transitionOf } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import type { Action, Manifest, Sample } from "#lib/integrations/integration.ts";
import type { Planned } from "#lib/poller/planned.ts";
import { dependencyFindings, statusOf } from "#lib/poller/status-of.ts";
import { metricKey } from "#lib/poller/trend.ts";
import type { NewEvent } from "#lib/store/events.ts";
import { type PollRow, saidOf } from "#lib/store/history.ts";
import type { StateRow } from "#lib/store/states.ts";
import type { OfferDto } from "#lib/wire/board.ts";

export interface JudgeInput {
  readonly service: ServiceConfig;
  readonly manifest: Manifest;
  readonly actions: readonly Action[];
  readonly before: StateRow;
  readonly result: Result<Sample>;
  /** When the poll ended. */
  readonly at: number;
  readonly durationMs: number;
  /** Whether it counts for the state, and whether nothing is told on of it yet; see `Seen`. */
  readonly counts: boolean;
  readonly held: boolean;
  readonly look: (id: string) => { readonly name: string; readonly status: Status } | undefined;
  readonly planned: Pick<Planned, "covers" | "excuse">;
  /** What runs left behind at it. */
  readonly alarms: (serviceId: string) => readonly Finding[];
}

/** What one poll changes: the state, a line of history, and events for what is new in what is shown or confirmed. */
export interface Judged {
  readonly state: StateRow;
  readonly poll: PollRow;
  readonly events: readonly NewEvent[];
}

/** From what a poll brought back to what the board says. Pure: it throws only when a kind's own pure parts do. */
export function judgePoll(input: JudgeInput): Judged {
  const { service, manifest, before, result, at, look } = input;
  const failure = result.ok ? (result.value.unknown ?? null) : result.error;
  const detail = result.ok ? result.value.detail : before.detail;
  const metrics = result.ok ? result.value.metrics : [];
  // A poll that brought nothing back proves nothing: what was raised and what began to hold waits for the next sample.
  const judgement: Judgement = result.ok
    ? judgeNext(result.value.detail, manifest.rules, service.rules, before.ruleMemory, at)
    : { findings: [], memory: before.ruleMemory };
  const findings = [
    ...input.planned.excuse(judgement.findings),
    ...input.alarms(service.id),
    ...dependencyFindings(service.dependsOn, look),
  ];
  const seen = {
    at,
    status: statusOf(failure, findings),
    counts: input.counts && !input.planned.covers(service.id),
    held: input.held,
  };
  const memory = nextState(before.memory, seen, service.policy);
  const { status } = memory;
  const state: StateRow = {
    serviceId: service.id,
    status,
    since: before.since !== null && before.status === status ? before.since : at,
    checkedAt: at,
    summary: result.ok ? manifest.summarise(result.value.detail) : result.error.what,
    findings: status === seen.status ? findings : [...findings, silentFinding(service, memory, at)],
    failure,
    detail,
    detailAt: result.ok ? at : before.detailAt,
    trend: before.trend,
    actions: offersOf(input.actions, service.config, detail),
    memory,
    ruleMemory: judgement.memory,
  };
  return {
    state,
    poll: {
      serviceId: service.id,
      at,
      status,
      durationMs: Math.round(input.durationMs),
      metrics: Object.fromEntries(metrics.map((metric) => [metricKey(metric), metric.value])),
      detail: detail === null || detail === undefined ? detail : (manifest.kept?.(detail) ?? detail),
      said: saidOf(state),
    },
    events: eventsOf(service.name, before, state, at),
  };
}

/**
 * A state that was told before Pitwall found itself blind: what it said last is not known. Findings go, the last good
 * detail stays with its age, and what was confirmed stays confirmed.
 */
export function withdraw(
  service: ServiceConfig,
  before: StateRow,
  failed: Failure,
  at: number,
): Pick<Judged, "state" | "events"> {
  const memory = nextState(before.memory, { at, status: "unknown", counts: false, held: true }, service.policy);
  const told = { status: "unknown" as const, since: at, summary: failed.what, findings: [], failure: failed };
  const state: StateRow = { ...before, ...told, memory };
  return { state, events: eventsOf(service.name, before, state, at) };
}

/** After a time that nobody measured: what was waiting begins anew. */
export function interruptState(state: StateRow): StateRow {
  const memory = { ...state.memory, unknownSince: null, last: null };
  return { ...state, memory, ruleMemory: forgetPending(state.ruleMemory) };
}

/** The dependencies' part of a state anew, without a poll. `null` when nothing changes. */
export function rejudgeDependencies(
  service: ServiceConfig,
  state: StateRow,
  look: JudgeInput["look"],
): StateRow | null {
  const own = state.findings.filter((finding) => finding.rule !== "dependency");
  const findings = [...own, ...dependencyFindings(service.dependsOn, look)];
  return keysOf(findings) === keysOf(state.findings) ? null : { ...state, findings };
}

function offersOf(actions: readonly Action[], config: unknown, detail: unknown): OfferDto[] {
  const shown = actions.filter((action) => action.partOnly !== true);
  return shown.map((action) => {
    const { params, blocked } = action.offer(config, detail);
    const fields = params.map((field) => ({ ...field, options: field.options.map((option) => ({ ...option })) }));
    const { id, title, about, risk } = action;
    return { id, title, about, risk, params: fields, blocked };
  });
}

function keysOf(findings: readonly Finding[]): string {
  return findings.map((finding) => `${findingKey(finding)}|${finding.severity}`).join("\n");
}

/** A change of what is shown, and what became confirmed: one event where both happen at once. */
function eventsOf(name: string, before: StateRow, after: StateRow, at: number): NewEvent[] {
  const told = transitionOf(before.memory, after.memory);
  const state = told === null ? ("soft" as const) : ("hard" as const);
  const base = { at, kind: "status" as const, serviceId: after.serviceId, to: after.status, state };
  if (before.status !== after.status) {
    const text = `${name} is ${after.status}${whyOf(after.failure, after.findings)}`;
    return [{ ...base, from: before.status, text }];
  }
  return told === null ? [] : [{ ...base, from: told.from, text: `${name} is ${told.to}, confirmed` }];
}

/** Nothing is known for so long that the policy calls it critical. */
function silentFinding(service: ServiceConfig, { unknownSince }: StateMemory, at: number): Finding {
  const limit = service.policy.unknown.criticalAfterMs ?? 0;
  const value = at - (unknownSince ?? at);
  const words = `nothing is known for ${formatDuration(value)} (limit ${formatDuration(limit)})`;
  return { rule: "silent", severity: "critical", message: words, clause: "cannot be seen any more", value, limit };
}

function whyOf(failure: Failure | null, findings: readonly Finding[]): string {
  if (failure !== null) return `: ${failure.what}`;
  const worstFinding = findings.find((finding) => finding.severity !== "info");
  return worstFinding === undefined ? "" : `: ${worstFinding.message}`;
}
