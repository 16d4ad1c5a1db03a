import { readServer, type ServerKey, type ServerNow, type WantedState } from "#lib/integrations/haproxy/admin.ts";
import type { HaproxyConfig, ProcessConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { numberOf } from "#lib/integrations/haproxy/parse.ts";
import type { HaproxyContext } from "#lib/integrations/haproxy/preflight.ts";
import type { Verification } from "#lib/integrations/integration.ts";

/** Proves a changed state on every process by HAProxy's own table: three times in a row, so that a reload is noticed. */
export function verificationFor(
  config: HaproxyConfig,
  key: ServerKey,
  wanted: WantedState,
): Verification<HaproxyConfig, HaproxyDetail> {
  const taken = new Map<string, number>();
  return {
    title: titles[wanted](key.server),
    consecutive: 3,
    everyMs: 1_000,
    timeoutMs: wanted === "ready" ? 60_000 : 30_000,
    async probe(context) {
      const seen = await Promise.all(config.processes.map((process) => probeOne(process, key, wanted, taken, context)));
      return { holds: seen.every((each) => each.holds), evidence: seen.map((each) => each.evidence).join("; ") };
    },
  };
}

const titles: Record<WantedState, (server: string) => string> = {
  drain: (server) => `${server} takes no new sessions`,
  maint: (server) => `${server} is in maintenance`,
  ready: (server) => `${server} is UP and in rotation`,
};

async function probeOne(
  process: ProcessConfig,
  key: ServerKey,
  wanted: WantedState,
  taken: Map<string, number>,
  context: HaproxyContext,
): Promise<{ readonly holds: boolean; readonly evidence: string }> {
  const now = await readServer(process, key, context);
  if (!now.ok) return { holds: false, evidence: `${process.name}: ${now.error.what}` };
  const sessions = numberOf(now.value.row, "scur") ?? 0;
  const queued = numberOf(now.value.row, "qcur") ?? 0;
  const left = `${sessions} ${sessions === 1 ? "session" : "sessions"} left${queued === 0 ? "" : `, ${queued} queued`}`;
  const total = numberOf(now.value.row, "stot") ?? 0;
  const first = taken.get(process.name) ?? total;
  // A reload sets the total back to zero; then counting starts again.
  taken.set(process.name, Math.min(first, total));
  const since = total > first ? `, ${total - first} sessions since` : "";
  const evidence = `${process.name}: ${now.value.status}, ${wanted === "ready" ? `in rotation${since}` : left}`;
  if (wanted !== "ready") context.output(evidence);
  const holds = isAsWanted(now.value, wanted);
  return { holds, evidence: holds ? evidence : `${process.name}: ${now.value.status}, not ${wanted} yet` };
}

function isAsWanted(now: ServerNow, wanted: WantedState): boolean {
  switch (wanted) {
    case "drain":
      // The stats page says DOWN of a drained server whose check fails; either way no new session comes.
      return now.admin === "drain" || (now.adminBits === null && now.state === "down");
    case "maint":
      return now.admin === "maint";
    case "ready":
      return now.admin === "ready" && (now.state === "up" || now.state === "no-check");
    default:
      return wanted satisfies never;
  }
}
