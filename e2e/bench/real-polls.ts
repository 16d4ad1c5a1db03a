import { stringify } from "yaml";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";
import { Ending } from "#lib/poller/ending.ts";
import { noteReach } from "#lib/poller/reach.ts";
import { runOnce } from "#lib/poller/run-once.ts";
import { serviceRowOf } from "#lib/poller/watched.ts";
import type { PollRow } from "#lib/store/history.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import { emptyState, type StateRow } from "#lib/store/states.ts";
import { createTransports } from "#lib/transports/transports.ts";

/** Polls that really asked, by a clock that goes `everyMs` from one to the next: what they hold is as real as can be. */
export interface RealPolls extends AsyncDisposable {
  readonly row: ServiceRow;
  readonly state: () => StateRow;
  readonly next: () => Promise<PollRow>;
}

/** `service` as in pitwall.yaml. */
export async function realPolls(
  service: Record<string, unknown>,
  startAt: number,
  everyMs: number,
): Promise<RealPolls> {
  const config = parseConfig(stringify({ services: [service] }), "/pitwall.yaml", registry, () => ok(""));
  const one = config.ok ? config.value.services[0] : undefined;
  if (one === undefined) throw new Error(JSON.stringify(config));
  const integration = registry[one.kind];
  if (integration === undefined) throw new Error(`no kind ${one.kind}`);
  const [collector, actions] = await Promise.all([integration.collector(), integration.actions()]);
  const none = () => err(failure("secret-missing", "a bench has no secrets"));
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret: none });
  let at = startAt;
  let state = emptyState(one.id);
  let previous: { detail: unknown; at: number } | undefined;
  return {
    row: serviceRowOf(one, 0),
    state: () => state,
    next: async () => {
      // A real beat is never exact.
      at += everyMs + Math.floor(Math.random() * 5) - 2;
      const outcome = await runOnce({
        service: one,
        manifest: integration.manifest,
        collector,
        actions,
        noted: noteReach(transports),
        secret: none,
        redact: (text) => text,
        ending: new Ending(),
        now: () => at,
        previous,
        before: () => state,
        look: () => undefined,
        trust: () => ({ blind: null, held: false }),
        alarms: () => [],
        planned: { covers: () => false, excuse: (findings) => [...findings] },
      });
      state = outcome.state;
      const { result } = outcome.collected;
      if (result.ok) previous = { detail: result.value.detail, at };
      return outcome.poll;
    },
    [Symbol.asyncDispose]: () => transports.close(),
  };
}
