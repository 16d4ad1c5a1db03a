import { adviceFor } from "#lib/core/failure.ts";
import { staleAfterMs, statusAt } from "#lib/core/freshness.ts";
import { confirmationOf } from "#lib/core/state.ts";
import type { FoundDependency } from "#lib/core/subject.ts";
import type { RunRow } from "#lib/store/runs.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import type { StoredState } from "#lib/store/states.ts";
import { emptyTrend } from "#lib/store/trend.ts";
import type { BoardService, RunMark } from "#lib/wire/board.ts";

/**
 * A service as the board shows it at `now`. A status on old data, or told by a poller that fell silent, is `unknown`
 * here; the findings stay as they were last seen, with their age in `checkedAt`.
 */
export function boardServiceOf(
  service: ServiceRow,
  state: StoredState | undefined,
  activeRun: RunRow | undefined,
  beatAt: number | null,
  now: number,
): BoardService {
  const told = {
    status: state?.status ?? ("unknown" as const),
    checkedAt: state?.checkedAt ?? null,
    intervalMs: service.intervalMs,
  };
  const { status, stale, why } = statusAt(told, beatAt, now);
  const summary = state?.summary ?? "not checked yet";
  return {
    id: service.id,
    kind: service.kind,
    name: service.name,
    group: service.group,
    dependsOn: [...service.dependsOn],
    status,
    ...(state === undefined || stale !== null ? {} : confirmed(state)),
    since: stale === null ? (state?.since ?? null) : told.checkedAt,
    checkedAt: told.checkedAt,
    intervalMs: service.intervalMs,
    summary: why === null || told.checkedAt === null ? summary : `${why} · ${summary}`,
    findings: [...(state?.findings ?? [])],
    failure: failureOf(state),
    detail: state?.detail ?? null,
    detailAt: state?.detailAt ?? null,
    trend: state?.trend ?? emptyTrend,
    actions: [...(state?.actions ?? [])],
    activeRun: activeRun === undefined ? null : runMarkOf(activeRun),
    seq: state?.seq ?? 0,
  };
}

const toldBefore = new WeakMap<StoredState, { readonly service: ServiceRow; readonly told: BoardService }>();

/**
 * What was told of this very state before, while it is still believed: most of a large board is as it was a second ago. For
 * services that nothing but their state tells of. `undefined`: it must be told anew, and remembered.
 */
export function asBefore(
  service: ServiceRow,
  state: StoredState,
  beatAt: number | null,
  now: number,
): BoardService | undefined {
  const before = toldBefore.get(state);
  return before?.service === service && isBelieved(service, state, beatAt, now) ? before.told : undefined;
}

/** Keeps for `asBefore` what is told of a state, if it is told as what it says: nobody believes it for ever. */
export function rememberTold(
  service: ServiceRow,
  state: StoredState,
  beatAt: number | null,
  now: number,
  told: BoardService,
): void {
  if (isBelieved(service, state, beatAt, now)) toldBefore.set(state, { service, told });
}

function isBelieved({ intervalMs }: ServiceRow, state: StoredState, beatAt: number | null, now: number): boolean {
  const { status, checkedAt } = state;
  return statusAt({ status, checkedAt, intervalMs }, beatAt, now).stale === null;
}

/** What Pitwall found it to depend on, ready to stand beside what was declared. */
export function foundOf(
  found: ReadonlyMap<string, readonly FoundDependency[]>,
  id: string,
): Pick<BoardService, "found"> {
  const list = found.get(id);
  if (list === undefined) return {};
  return {
    found: list.map(({ evidence, nodes, subjects, same, ...rest }) => ({
      ...rest,
      evidence: [...evidence],
      ...(nodes === undefined ? {} : { nodes: [...nodes] }),
      ...(same === undefined ? {} : { same: same.map(([own, other]): [string, string] => [own, other]) }),
      ...(subjects === undefined ? {} : { subjects: [...subjects] }),
    })),
  };
}

function confirmed({ memory }: StoredState): Pick<BoardService, "state" | "attempt" | "flapping"> {
  return { state: confirmationOf(memory), attempt: memory.attempt, flapping: memory.flapping };
}

/** When what is shown of a service turns from believed to stale, if no further poll comes. */
export function staleAt(checkedAt: number, intervalMs: number): number {
  return checkedAt + staleAfterMs(intervalMs);
}

export function runMarkOf(run: RunRow): RunMark {
  return {
    id: run.id,
    serviceId: run.serviceId,
    action: run.action,
    title: run.title,
    state: run.state,
    verdict: run.verdict,
    node: run.node,
    ...subjectOf(run),
    requestedAt: run.requestedAt,
    finishedAt: run.finishedAt,
    actor: run.actor.name,
    ...(run.actor.kind === "rule" ? { byRule: true } : {}),
  };
}

/** A parameter that names its node as a member, `learn/web-01`, says of what. */
function subjectOf({ node, params }: Pick<RunRow, "node" | "params">): Pick<RunMark, "subject"> {
  const member = node === null ? undefined : Object.values(params).find((value) => value.endsWith(`/${node}`));
  return member === undefined ? {} : { subject: member.slice(0, -`/${node}`.length) };
}

function failureOf(state: StoredState | undefined): BoardService["failure"] {
  if (state === undefined || state.failure === null) return null;
  const { kind, what, said } = state.failure;
  return { kind, what, ...(said === undefined ? {} : { said }), advice: adviceFor(kind) };
}
