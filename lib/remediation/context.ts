import { setTimeout as wait } from "node:timers/promises";
import { failure } from "#lib/core/failure.ts";
import { err } from "#lib/core/result.ts";
import type { ActionContext } from "#lib/integrations/integration.ts";
import type { Part } from "#lib/remediation/execution.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { troubleIn } from "#lib/remediation/symptoms.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";
import { clearAlarm, raiseAlarm } from "#lib/store/alarms.ts";

/** What the parts of one run have in common. */
export interface RunScene {
  readonly runId: string;
  readonly target: WatchedService;
  readonly journal: Journal;
  readonly epoch: number;
  /** What the steps keep for one another and over a crash; grows as they do. */
  readonly memory: Map<string, string>;
}

/** Makes what a check, step, undo, probe or proof is handed: its own service. */
export function contextMaker(parts: EngineParts, scene: RunScene) {
  return (signal: AbortSignal, part: Part): ActionContext => {
    const { store, watcher, transports, secret, redact, now } = parts;
    const { runId, target, journal, epoch, memory } = scene;
    const on = part.on === undefined ? target : watcher.watched().get(part.on);
    if (on === undefined) throw new Error(`the service ${part.on} is no longer watched`);
    // Another service's steps keep their facts apart.
    const keyOf = (key: string) => (part.on === undefined ? key : `${part.on}/${key}`);
    return {
      serviceId: on.service.id,
      config: on.service.config,
      epoch,
      transports,
      secret,
      now,
      signal,
      output: journal.output,
      remember: async (key, value) => {
        memory.set(keyOf(key), redact(value));
        await journal.commit({ memory: Object.fromEntries(memory) });
      },
      recall: (key) => memory.get(keyOf(key)),
      raise: async (alarm) => {
        const told = { ...alarm, message: redact(alarm.message) };
        journal.note("note", `alarm: ${alarm.node ?? "the service"} ${told.message}`);
        const row = { ...told, serviceId: on.service.id, runId, since: now() };
        await journal.commit({}, (writing) => raiseAlarm(writing, row));
      },
      clear: (key) => store.write((writing) => clearAlarm(writing, on.service.id, key)),
      sleep: async (ms) => {
        await wait(ms, undefined, { signal }).catch(() => {
          throw signal.reason;
        });
      },
      poll: async () => {
        const fresh = await watcher.pollNow(on.service.id);
        return fresh?.collected.result ?? err(failure("aborted", "the service is no longer watched"));
      },
      trouble: async (node) => {
        const fresh = await watcher.pollNow(on.service.id);
        return fresh === null ? err(failure("aborted", "the service is no longer watched")) : troubleIn(fresh, node);
      },
    };
  };
}
