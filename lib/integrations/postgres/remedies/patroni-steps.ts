import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import {
  block,
  type Context,
  type PostgresCheck,
  type PostgresStep,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import { type PatroniWord, postPatroni, readPatroni, wordOf } from "#lib/integrations/postgres/remedies/patroni.ts";
import type { Move } from "#lib/integrations/postgres/remedies/road.ts";

type What = "switchover" | "failover";

const lagLimitBytes = 1_048_576;
/** Patroni does it in its own loop; whatever its answer was, this long the truth is waited for. */
const settleMs = 60_000;

/** Patroni sees the same cluster, and would take this order. */
export function patroniCheck({ from, to }: Move, what: What): PostgresCheck {
  return {
    id: "patroni",
    title: `Patroni would make ${to.name} the leader`,
    run: async (context) => {
      const cluster = await readPatroni(context);
      if (!cluster.ok) return unknown(cluster.error.what);
      const { leader, members, paused, scheduledFor } = cluster.value;
      if (scheduledFor !== null) return block(`a switchover is planned there for ${scheduledFor}`);
      if (what === "switchover" && leader?.node !== from.name) {
        return block(`its leader is ${leader?.name ?? "nobody"}, not ${from.name}`);
      }
      // With a leader its /failover is a switchover under another name.
      if (what === "failover" && leader?.state === "running") return block(`it has a leader, ${leader.name}`);
      const member = members.find((each) => each.node === to.name);
      if (member === undefined) return block(`${to.name} is no member of it`);
      if (member.state !== "running" && member.state !== "streaming")
        return block(`it calls ${to.name} ${member.state}`);
      if (member.noFailover) return block(`${to.name} has the tag nofailover`);
      const lag = member.lagBytes === null ? "an unknown distance" : formatBytes(member.lagBytes);
      if (what === "switchover" && (member.lagBytes === null || member.lagBytes > lagLimitBytes)) {
        return block(`it sees ${to.name} ${lag} behind`);
      }
      const words = `leader ${leader?.name ?? "nobody"}, ${members.length} members, ${to.name} ${member.state} and ${lag} behind`;
      return paused ? warn(`${words}; it is paused, and starts nothing by itself`) : pass(words);
    },
  };
}

/** Its door is asked once; then Patroni and the servers themselves tell what came of it. */
export function patroniStep({ from, to }: Move, what: What): PostgresStep {
  return {
    id: "patroni",
    title: `Have Patroni make ${to.name} the leader`,
    does: `POST /${what} ${JSON.stringify(bodyOf(from.name, to.name, what))} to Patroni; then GET /cluster until it is so`,
    timeoutMs: settleMs + 75_000,
    noReturn: true,
    run: (context) => move(context, from, to, what),
    probe: async (context) => {
      const now = await look(context, to);
      if (!now.ok) return now;
      const words = now.value.inRecovery ? "is a standby" : `takes writes on timeline ${now.value.timeline}`;
      return ok({ stands: !now.value.inRecovery, evidence: `${to.name} ${words}` });
    },
  };
}

function bodyOf(leader: string, candidate: string, what: What): Readonly<Record<string, string>> {
  return what === "switchover" ? { leader, candidate } : { candidate };
}

async function move(
  context: Context,
  from: PostgresNodeConfig,
  to: PostgresNodeConfig,
  what: What,
): Promise<Result<string>> {
  const before = await readPatroni(context);
  if (!before.ok) return err(failure("refused", `Patroni could not be asked first: ${before.error.what}`));
  const { leader, members } = before.value;
  if (leader?.node === to.name) return ok(`${to.name} is the leader already`);
  if (what === "switchover" && leader?.node !== from.name) {
    return err(failure("forbidden", `Patroni's leader is ${leader?.name ?? "nobody"} by now, nothing was asked of it`));
  }
  const candidate = members.find((each) => each.node === to.name)?.name ?? to.name;
  const answer = await postPatroni(context, to, what, bodyOf(leader?.name ?? from.name, candidate, what));
  if (!answer.ok && !wasSent(answer.error.kind)) return answer;
  const said = answer.ok ? foreignLine(answer.value.text, 300) : answer.error.what;
  const word = answer.ok ? wordOf(answer.value) : "unknown";
  context.output(`Patroni: ${answer.ok ? `${answer.value.status} ` : ""}${said}`, to.name);
  if (word === "refused") return err(failure("forbidden", `Patroni refuses: ${said}`));
  return await settle(context, from, to, { word, said });
}

/** A connection that was never made carried no order. */
function wasSent(kind: string): boolean {
  return !["refused", "unreachable", "name-not-found", "not-allowed", "secret-missing", "tls"].includes(kind);
}

async function settle(
  context: Context,
  from: PostgresNodeConfig,
  to: PostgresNodeConfig,
  { word, said }: { readonly word: PatroniWord; readonly said: string },
): Promise<Result<string>> {
  for (const endAt = context.now() + settleMs; ; ) {
    const [cluster, own, old] = await Promise.all([readPatroni(context), look(context, to), look(context, from)]);
    const leader = cluster.ok ? cluster.value.leader : null;
    if (leader?.node === to.name && own.ok && !own.value.inRecovery) {
      return ok(`Patroni: ${said}; ${to.name} takes writes on timeline ${own.value.timeline}`);
    }
    if (leader !== null && leader.node !== to.name && leader.node !== from.name && leader.state === "running") {
      return err(failure("command-failed", `Patroni made ${leader.name} the leader instead of ${to.name}: ${said}`));
    }
    const stayed = leader?.node === from.name && leader.state === "running" && old.ok && !old.value.inRecovery;
    if (word === "failed" && stayed) {
      return err(failure("forbidden", `Patroni gave it up, and ${from.name} takes writes as before: ${said}`));
    }
    if (context.now() > endAt) {
      const now = leader === null ? "it names no leader" : `its leader is ${leader.name}`;
      return err(
        failure("timeout", `Patroni said “${said}”, and ${settleMs / 1_000} s later ${now}; it may still go on`),
      );
    }
    await context.sleep(500);
  }
}
