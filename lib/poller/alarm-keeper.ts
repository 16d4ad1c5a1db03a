import type { Finding } from "#lib/core/finding.ts";
import { isStoppedAlarm } from "#lib/core/heal.ts";
import type { Result } from "#lib/core/result.ts";
import { runBounded } from "#lib/remediation/bounded.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";
import { type AlarmRow, listAlarms } from "#lib/store/alarms.ts";
import { insertEvents, type NewEvent } from "#lib/store/events.ts";
import type { Store } from "#lib/store/open-store.ts";
import { hasAlarms } from "#lib/store/pending.ts";
import { openRuns } from "#lib/store/runs.ts";
import type { Transports } from "#lib/transports/types.ts";

/** Knows the open alarms, tells them as findings, and lets each kind guard its own. */
export interface AlarmKeeper {
  readonly findings: (serviceId: string) => readonly Finding[];
  readonly read: () => Promise<void>;
  /** Reads them anew and has them guarded, except where a run is under way: that one knows better. */
  readonly step: (stop: AbortSignal) => Promise<void>;
}

/** Ids of the findings that tell of an alarm: what a run left, and a heal rule that stopped itself. */
export const alarmRule = "left-by-run";
const stoppedRule = "heal-stopped";

export interface AlarmKeeperParts {
  readonly store: Store;
  readonly watched: () => ReadonlyMap<string, WatchedService>;
  readonly transports: Transports;
  readonly secret: (reference: string) => Result<string>;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

const guardTimeoutMs = 20_000;

export function createAlarmKeeper(parts: AlarmKeeperParts): AlarmKeeper {
  const { store, now } = parts;
  let open: readonly AlarmRow[] = [];

  const read = async () => {
    open = hasAlarms(store.history) ? await store.read(listAlarms) : [];
  };

  async function guardOne(alarm: AlarmRow, stop: AbortSignal): Promise<void> {
    const watched = parts.watched().get(alarm.serviceId);
    // A rule that stopped is Pitwall's own affair.
    if (isStoppedAlarm(alarm.key)) return;
    const guard = await watched?.integration.guard?.();
    if (watched === undefined || guard === undefined) return;
    const { transports, secret } = parts;
    const { id: serviceId, config } = watched.service;
    const context = (signal: AbortSignal) => ({ serviceId, config, transports, secret, signal, now });
    const outcome = await runBounded((signal) => guard(context(signal), alarm), guardTimeoutMs, stop);
    if (outcome.kind === "threw" && outcome.cut === null) throw outcome.bug;
    if (outcome.kind !== "ended" || outcome.value.length === 0) return;
    const about = { at: now(), kind: "run" as const, serviceId, runId: alarm.runId, actor: "Pitwall" };
    const events: NewEvent[] = outcome.value.map((text) => ({ ...about, text: parts.redact(text) }));
    await store.write((writing) => insertEvents(writing, events));
  }

  return {
    findings: (serviceId) => open.filter((alarm) => alarm.serviceId === serviceId).map(findingOf),
    read,
    step: async (stop) => {
      await read();
      if (open.length === 0) return;
      const busy = new Set((await store.read(openRuns)).filter(isUnderWay).map((run) => run.serviceId));
      await Promise.all(open.filter((alarm) => !busy.has(alarm.serviceId)).map((alarm) => guardOne(alarm, stop)));
    },
  };
}

function isUnderWay({ state }: { readonly state: string }): boolean {
  return state === "running" || state === "verifying" || state === "undoing";
}

function findingOf({ key, node, severity, message, action }: AlarmRow): Finding {
  // A rule that stopped itself hurts nobody, and is not what the trouble is.
  const stopped = isStoppedAlarm(key);
  const told = stopped
    ? ({ rule: stoppedRule, clause: "has stopped healing itself", contained: true } as const)
    : { rule: alarmRule };
  return {
    ...told,
    severity,
    ...(node === null ? {} : { node }),
    subject: key,
    message,
    selfMade: true,
    ...(action === undefined ? {} : { action }),
  };
}
