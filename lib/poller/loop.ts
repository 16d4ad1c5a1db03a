import type { Logger } from "pino";
import type { PitwallConfig, ServiceConfig } from "#lib/config/model.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import type { Mail } from "#lib/core/heartbeat.ts";
import type { Result } from "#lib/core/result.ts";
import { type Confirm, emptyMemory } from "#lib/core/state.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { Agenda } from "#lib/poller/agenda.ts";
import type { AlarmKeeper } from "#lib/poller/alarm-keeper.ts";
import { changesSeen } from "#lib/poller/changes-seen.ts";
import { interruptState, rejudgeDependencies, withdraw } from "#lib/poller/judge-poll.ts";
import type { Outbox } from "#lib/poller/outbox.ts";
import type { Planned } from "#lib/poller/planned.ts";
import { noteReach } from "#lib/poller/reach.ts";
import { type PollOutcome, runOnce } from "#lib/poller/run-once.ts";
import { boundsFor, defaultBounds, nextDue, restBetween, roomFor } from "#lib/poller/schedule.ts";
import { createSight } from "#lib/poller/sight.ts";
import { extendTrend } from "#lib/poller/trend.ts";
import { letGo, loadParts, type Watched } from "#lib/poller/watched.ts";
import { nextWatchlist } from "#lib/poller/watchlist.ts";
import type { StateRow } from "#lib/store/states.ts";
import type { Transports } from "#lib/transports/types.ts";

/** Polls every watched service on its own beat. It knows no store: what changed goes to the outbox. */
export interface Loop {
  /** Watches what `config` says from now on. `stored` is what the store knows of services that are new to the loop. */
  readonly apply: (config: PitwallConfig, stored: ReadonlyMap<string, StateRow>) => void;
  /** Begins what is due; returns in how many milliseconds to come again. */
  readonly step: () => number;
  /** A poll that begins after this call, recorded like any other; `null` when the service is not (or no longer) watched. */
  readonly pollNow: (serviceId: string) => Promise<PollOutcome | null>;
  readonly watched: () => ReadonlyMap<string, Watched>;
  /** What these services are from `at` on counts as new: their planned work is over. */
  readonly countAnew: (serviceIds: readonly string[], at: number) => void;
  /** How people chose to have trouble confirmed, by service, instead of what the configuration says; from the next poll on. */
  readonly confirmBy: (choices: ReadonlyMap<string, Confirm>) => void;
  /** Why what is seen cannot be believed, and why it is only observed; `null` where it can and is not. */
  readonly distrust: () => { readonly blind: string | null; readonly observing: string | null };
  /** Why nothing may hang on what is seen of that service now; `null` when it may. */
  readonly heldBack: (serviceId: string) => string | null;
  /** Ends all polls and waits for them. */
  readonly stop: () => Promise<void>;
}

export interface LoopParts {
  readonly registry: Readonly<Record<string, Integration>>;
  readonly outbox: Outbox;
  readonly transports: Transports;
  /** What a service sent of itself. */
  readonly mail: (serviceId: string) => Promise<Result<Mail>>;
  readonly secret: (reference: string) => Result<string>;
  readonly redact: (text: string) => string;
  readonly planned: Planned;
  readonly alarms: AlarmKeeper["findings"];
  readonly log: Logger;
  readonly now: () => number;
  /** Monotonic milliseconds: a clock that is set must not stop the polls. */
  readonly tick: () => number;
  /** Asks for a step at once, because somebody waits for a poll. */
  readonly wake: () => void;
}

/** What else the poller does is looked at as often. */
const longestRestMs = 50;

export function createLoop(parts: LoopParts): Loop {
  const { outbox, tick, now, log } = parts;
  let bounds = defaultBounds;
  let leastRestMs = 0;
  let list: ReadonlyMap<string, Watched> = new Map();
  /** Those of the list that no poll runs for. */
  let agenda = new Agenda<Watched>();
  let chosen: ReadonlyMap<string, Confirm> = new Map();
  let stopping = false;
  const inFlight = new Map<Watched, Promise<void>>();
  let blindFrom: number | null = null;
  const sight = createSight({
    now,
    tick,
    interrupted: (interruption, before, after) => {
      for (const watched of list.values()) watched.state = interruptState(watched.state);
      const forward = interruption.kind === "stopped" || interruption.byMs > 0;
      const since = forward ? { since: before.now } : {};
      outbox.addEvent({ at: after.now, kind: "poller", text: sight.observing() ?? "", ...since });
      log.warn(interruption, "what was seen before says nothing of now");
      blindFrom = null;
    },
  });

  const look = (id: string) => {
    const one = list.get(id);
    return one === undefined ? undefined : { name: one.service.name, status: one.state.status };
  };

  async function poll(watched: Watched): Promise<PollOutcome | null> {
    watched.parts ??= await loadParts(watched);
    watched.noted ??= noteReach(parts.transports);
    const { collector, actions } = watched.parts;
    const { id: serviceId, intervalMs } = watched.service;
    const startedAt = tick();
    const outcome = await runOnce({
      service: asChosen(watched.service, chosen.get(serviceId)),
      manifest: watched.integration.manifest,
      collector,
      actions,
      noted: watched.noted,
      ...(watched.service.reports === true ? { mail: () => parts.mail(serviceId) } : {}),
      secret: parts.secret,
      redact: parts.redact,
      ending: watched.ending,
      now,
      previous: watched.previous,
      before: () => watched.state,
      look,
      trust: (reaches, failed) => {
        if (watched.ending.gone) return { blind: null, held: true };
        const trust = sight.trustOf({ serviceId, intervalMs, startedAt, reaches, failed });
        return { ...trust, held: trust.held || !outbox.trusted() };
      },
      planned: parts.planned,
      alarms: parts.alarms,
    });
    // What was left behind may still ask; it is not to speak for the next poll.
    if (outcome.collected.abandoned) watched.noted = undefined;
    if (watched.ending.gone) return null;
    record(watched, outcome);
    followSight();
    return outcome;
  }

  /** When the network is found lost, what was told of it a moment before is withdrawn; when it is back, the gap is told. */
  function followSight(): void {
    const blind = sight.blind();
    if (blind !== null && blindFrom === null) {
      blindFrom = blind.since;
      log.warn(blind.why);
      for (const id of sight.lost()) withdrawOne(id);
    } else if (blind === null && blindFrom !== null) {
      const text = `Pitwall could not see for ${formatDuration(now() - blindFrom)}: its own network was lost`;
      outbox.addEvent({ at: now(), kind: "poller", text, since: blindFrom });
      log.info("the network is back");
      blindFrom = null;
    }
  }

  function withdrawOne(id: string): void {
    const watched = list.get(id);
    if (watched === undefined || watched.state.status === "unknown" || watched.state.checkedAt === null) return;
    const failed = failure("cannot-see", "Pitwall cannot see it: its own network is lost");
    const { state, events } = withdraw(watched.service, watched.state, failed, now());
    watched.state = state;
    outbox.addState(state);
    for (const event of events) outbox.addEvent(event);
  }

  function record(watched: Watched, outcome: PollOutcome): void {
    const before = watched.state;
    tellLog(log, watched, outcome);
    watched.state = outcome.state;
    const { result, endedAt } = outcome.collected;
    extendTrend(outcome.state.trend, outcome.poll, watched.integration.manifest.metrics);
    outbox.add(outcome);
    if (result.ok) watched.previous = { detail: result.value.detail, at: endedAt };
    if ((before.status === "critical") !== (outcome.state.status === "critical")) tellDependants(watched.service.id);
    if (!result.ok) return;
    for (const event of changesSeen(watched, before.detail, result.value.detail, endedAt)) outbox.addEvent(event);
  }

  /** What depends on a service says so at once, not at its own next poll. */
  function tellDependants(id: string): void {
    for (const dependant of list.values()) {
      if (!dependant.service.dependsOn.includes(id) || dependant.state.checkedAt === null) continue;
      const state = rejudgeDependencies(dependant.service, dependant.state, look);
      if (state === null) continue;
      dependant.state = state;
      outbox.addState(state);
    }
  }

  function begin(watched: Watched): void {
    const startedAt = tick();
    watched.runningSince = startedAt;
    watched.dueAt = nextDue(watched.slot, startedAt + 1);
    inFlight.set(watched, carryOut(watched, startedAt));
  }

  async function carryOut(watched: Watched, startedAt: number): Promise<void> {
    const answered = watched.waiters.filter((waiter) => waiter.askedAt <= startedAt);
    watched.waiters = watched.waiters.filter((waiter) => waiter.askedAt > startedAt);
    const outcome = await poll(watched).catch((bug: unknown) => {
      log.error({ service: watched.service.id, err: bug }, "a poll failed by a bug");
      return null;
    });
    watched.runningSince = null;
    watched.dueAt = watched.waiters.length > 0 ? tick() : nextPollAt(watched, tick());
    inFlight.delete(watched);
    if (list.get(watched.service.id) === watched) agenda.put(watched);
    for (const waiter of answered) waiter.done(outcome);
  }

  return {
    apply: (config, stored) => {
      const next = nextWatchlist(list, config, { registry: parts.registry, stored, tick: tick() });
      list = next.list;
      agenda = new Agenda([...list.values()].filter(({ runningSince }) => runningSince === null));
      const slots = [...list.values()].map(({ slot }) => slot);
      bounds = boundsFor(slots);
      leastRestMs = restBetween(slots);
      for (const id of next.gone) {
        outbox.forget(id);
        sight.forget(id);
      }
    },
    step: () => {
      if (stopping) return longestRestMs;
      sight.look();
      followSight();
      const at = tick();
      for (const watched of agenda.takeDue(at, roomFor(inFlight.keys(), at, bounds))) begin(watched);
      return Math.max(leastRestMs, Math.min(longestRestMs, agenda.nextAt() - tick()));
    },
    pollNow: async (serviceId) => {
      const watched = list.get(serviceId);
      if (watched === undefined || stopping) return null;
      return await new Promise((done) => {
        watched.waiters.push({ askedAt: tick(), done });
        if (watched.runningSince !== null) return;
        agenda.drop(watched);
        watched.dueAt = tick();
        agenda.put(watched);
        parts.wake();
      });
    },
    watched: () => list,
    distrust: () => ({ blind: sight.blind()?.why ?? null, observing: sight.observing() }),
    heldBack: (serviceId) => {
      const why = sight.blind()?.why ?? sight.observing();
      if (why !== null) return why;
      if (!outbox.trusted()) return "the store is in trouble, so what is seen cannot be kept";
      return sight.observes(serviceId) ? "Pitwall has just begun to watch it and only observes" : null;
    },
    countAnew: (serviceIds, at) => {
      for (const watched of serviceIds.flatMap((id) => list.get(id) ?? [])) {
        if (watched.state.status === "ok" || watched.state.since === null) continue;
        const { status } = watched.state;
        watched.state = { ...watched.state, since: at, memory: { ...emptyMemory, status } };
        outbox.addState(watched.state);
      }
    },
    confirmBy: (choices) => {
      chosen = choices;
    },
    stop: async () => {
      stopping = true;
      for (const watched of list.values()) letGo(watched);
      await Promise.all(inFlight.values());
    },
  };
}

function asChosen(service: ServiceConfig, confirm: Confirm | undefined): ServiceConfig {
  return confirm === undefined ? service : { ...service, policy: { ...service.policy, confirm } };
}

/** On its beat; sooner while a change is not confirmed, but not for one that flaps: that would only double its load. */
function nextPollAt({ slot, dueAt, state, service }: Watched, at: number): number {
  const onBeat = Math.max(dueAt, nextDue(slot, at));
  const { flapping, attempt, hard } = state.memory;
  const soft = state.status !== hard && attempt.n > 0 && !flapping;
  return soft ? Math.min(onBeat, at + service.retryMs) : onBeat;
}

/** Once when trouble begins and once when it ends; nothing per poll. */
function tellLog(log: Logger, watched: Watched, { state, collected }: PollOutcome): void {
  const before = watched.state.failure;
  const service = watched.service.id;
  if (collected.bug !== undefined && before?.kind !== "internal") {
    log.error({ service, err: collected.bug }, "a check failed by a bug");
  } else if (state.failure !== null && state.failure.kind !== before?.kind) {
    log.warn({ service, failure: state.failure.kind, abandoned: collected.abandoned }, state.failure.what);
  } else if (state.failure === null && before !== null) {
    log.info({ service }, "answers again");
  }
}
