import { formatDuration } from "#lib/core/duration.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import { isDownEvidence } from "#lib/integrations/postgres/collector.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import {
  ask,
  block,
  type Context,
  type PostgresCheck,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { type Facts, type Looked, lookAll } from "#lib/integrations/postgres/remedies/look.ts";
import { conninfoOf, readControl, runOn } from "#lib/integrations/postgres/remedies/machine.ts";
import { patientPoll } from "#lib/integrations/postgres/remedies/patient-poll.ts";
import { promoteWay, triggerFileOf } from "#lib/integrations/postgres/remedies/promote.ts";
import { number, text } from "#lib/integrations/postgres/row.ts";

/** One live look for all checks of a preflight: they run at the same time and ask the same. */
export function createSight(): (context: Context) => Promise<Looked[]> {
  let last: { readonly at: number; readonly looked: Promise<Looked[]> } | null = null;
  return (context) => {
    if (last === null || context.now() - last.at > 1_000) last = { at: context.now(), looked: lookAll(context) };
    return last.looked;
  };
}

export type Sight = ReturnType<typeof createSight>;

export function seenOf(looked: readonly Looked[], node: PostgresNodeConfig): Facts | null {
  const seen = looked.find((each) => each.node.name === node.name)?.seen;
  return seen?.ok === true ? seen.value : null;
}

/** All that answer are one cluster, and what is silent is known to be down. */
export function clusterCheck(sight: Sight, silent: "must be down" | "may be silent"): PostgresCheck {
  return {
    id: "cluster",
    title: "All nodes are one cluster",
    run: async (context) => {
      const looked = await sight(context);
      const ids = looked.flatMap(({ node, seen }) => (seen.ok ? [{ name: node.name, id: seen.value.systemId }] : []));
      if (ids.length === 0) return unknown("no node answers");
      const [first] = ids;
      const other = ids.find(({ id }) => id !== first?.id);
      if (other !== undefined) return block(`${other.name} has another system identifier than ${first?.name}`);
      const quiet = looked.filter(
        ({ seen }) => !seen.ok && (silent === "may be silent" || !isDownEvidence(seen.error.kind)),
      );
      if (silent === "must be down" && quiet.length > 0) {
        const words = quiet.map(({ node, seen }) => `${node.name}: ${seen.ok ? "" : seen.error.what}`);
        return block(`it might take writes unseen: ${words.join("; ")}`);
      }
      const down = looked.filter(({ seen }) => !seen.ok).map(({ node }) => node.name);
      const words = `${ids.length} of ${looked.length} nodes answer with system identifier ${first?.id}`;
      return down.length === 0 || silent === "may be silent"
        ? pass(words)
        : warn(`${words}; ${down.join(", ")} is down`);
    },
  };
}

/** What a standby must be to become the primary. */
export function candidateCheck(sight: Sight, to: PostgresNodeConfig): PostgresCheck {
  return {
    id: "candidate",
    title: `${to.name} may become the primary`,
    run: async (context) => {
      const facts = seenOf(await sight(context), to);
      if (facts === null) return unknown(`${to.name} does not answer`);
      if (!facts.inRecovery) return block(`${to.name} is no standby`);
      if (facts.replayPaused) return block("its replay is paused: the promotion would come whenever it is resumed");
      if (facts.applyDelayMs > 0) return block(`it is ${formatDuration(facts.applyDelayMs)} late on purpose`);
      const way = promoteWay(to, facts);
      if (way === null) {
        const user = context.config.act?.user ?? context.config.user;
        return block(
          `nobody here may promote it: run GRANT EXECUTE ON FUNCTION pg_promote TO ${user}, or give it a machine`,
        );
      }
      const told = way === "trigger file" ? await triggerCheck(context, to, facts.versionNum) : null;
      return told ?? pass(`a standby on timeline ${facts.timeline}, to be promoted by ${way}`);
    },
  };
}

/** A file that the server does not watch for promotes nothing. `null`: it is the right one. */
async function triggerCheck(context: Context, to: PostgresNodeConfig, versionNum: number): Promise<CheckResult | null> {
  const wanted = to.machine?.promoteFile;
  const file = await triggerFileOf(context, to, versionNum);
  if (!file.ok) return unknown(`which trigger file it watches for cannot be told: ${file.error.what}`);
  if (file.value === wanted) return null;
  const where = versionNum >= 120_000 ? "promote_trigger_file" : "trigger_file in recovery.conf";
  return block(`its ${where} is ${file.value ?? "not set"}, not ${wanted}`);
}

/** Settings that a standby has to have at least as high as its primary, or it stops replaying. */
export function capacityCheck(sight: Sight, to: PostgresNodeConfig): PostgresCheck {
  return {
    id: "capacity",
    title: `What follows ${to.name} can follow it`,
    run: async (context) => {
      const looked = await sight(context);
      const next = seenOf(looked, to);
      if (next === null) return unknown(`${to.name} does not answer`);
      const low = looked.flatMap(({ node, seen }) =>
        seen.ok && node.name !== to.name
          ? Object.entries(next.capacity)
              .filter(([name, value]) => (seen.value.capacity[name] ?? 0) < value)
              .map(([name, value]) => `${node.name} has ${name} ${seen.value.capacity[name]}, ${to.name} ${value}`)
          : [],
      );
      if (low.length > 0) return block(low.join("; "));
      const senders = next.capacity.max_wal_senders ?? 0;
      if (senders < looked.length)
        return block(`${to.name} has max_wal_senders ${senders} for ${looked.length - 1} followers`);
      return pass(`their limits are at least those of ${to.name}`);
    },
  };
}

/** Whether the old primary can come back without a copy of everything. */
export function wayBackCheck(sight: Sight, node: PostgresNodeConfig): PostgresCheck {
  return {
    id: "way-back",
    title: `${node.name} can come back by pg_rewind`,
    run: async (context) => {
      const looked = await sight(context);
      const facts = seenOf(looked, node) ?? looked.flatMap(({ seen }) => (seen.ok ? [seen.value] : []))[0];
      if (facts === undefined) return unknown("no node answers");
      if (facts.canRewind && facts.fullPageWrites) return pass("hints are logged or pages have checksums");
      return warn("neither wal_log_hints nor checksums: should it diverge, it needs a fresh base backup");
    },
  };
}

/** Its machine answers, and the files there are those of this cluster. */
export function machineCheck(sight: Sight, node: PostgresNodeConfig): PostgresCheck {
  return {
    id: `machine-${node.name}`,
    title: `The machine of ${node.name} can be commanded`,
    run: async (context) => {
      if (node.machine === undefined) return block(`the configuration does not say on which machine ${node.name} runs`);
      const control = await readControl(context, node);
      if (!control.ok)
        return unknown(`${control.error.what}${control.error.said === undefined ? "" : `: ${control.error.said}`}`);
      const known = (await sight(context)).flatMap(({ seen }) => (seen.ok ? (seen.value.systemId ?? []) : []))[0];
      if (known !== undefined && control.value.systemId !== known) {
        return block(`${node.machine.data} is of another cluster: ${control.value.systemId}, not ${known}`);
      }
      const conninfo = conninfoOf(context.config, node, node);
      if (!conninfo.ok) return block(conninfo.error.what);
      return pass(`${node.machine.data} says “${control.value.state}”`);
    },
  };
}

const leastFreeBytes = 256 * 1024 * 1024;

/** A new primary writes log for everybody that follows it. */
export function diskCheck(node: PostgresNodeConfig): PostgresCheck {
  return {
    id: "disk",
    title: `There is room on the disk of ${node.name}`,
    run: async (context) => {
      const free = await freeBytes(context, node, node.machine?.data ?? "/");
      if (free === null) return warn("it could not be asked");
      const words = `${formatBytes(free)} free`;
      return free < leastFreeBytes
        ? block(`${words}, at least ${formatBytes(leastFreeBytes)} are wanted`)
        : pass(words);
    },
  };
}

/** Of the file system that holds the path; `null` when it cannot be asked. */
export async function freeBytes(context: Context, node: PostgresNodeConfig, path: string): Promise<number | null> {
  const answer = await runOn(context, node, ["df", "-Pk", "--", path]);
  if (!answer.ok || answer.value.exitCode !== 0) return null;
  const kilobytes = number(answer.value.stdout.trim().split("\n").at(-1)?.split(/\s+/)[3]);
  return kilobytes === null ? null : kilobytes * 1024;
}

/** What runs on the primary and would be torn, or would tear the move. */
export function workCheck(from: PostgresNodeConfig): PostgresCheck {
  return {
    id: "work",
    title: `Nothing runs on ${from.name} that must not be cut`,
    run: async (context) => {
      const sql = `SELECT (SELECT count(*)::int FROM pg_prepared_xacts) AS prepared,
  (SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'pg_basebackup%' OR application_name IN ('pg_dump', 'pg_dumpall', 'barman')) AS backups,
  (SELECT count(*)::int FROM pg_stat_activity WHERE state <> 'idle' AND xact_start < now() - interval '60 s' AND pid <> pg_backend_pid() AND usename IS NOT NULL AND backend_xid IS NOT NULL) AS long,
  (SELECT count(*)::int FROM pg_replication_slots WHERE slot_type = 'logical') AS logical,
  (SELECT string_agg(slot_name::text, ', ') FROM pg_replication_slots WHERE slot_type = 'logical') AS logical_names`;
      const answer = await ask(context, from, sql);
      if (!answer.ok) return unknown(answer.error.what);
      const row = answer.value[0] ?? {};
      if ((number(row.prepared) ?? 0) > 0) return block(`${row.prepared} prepared transactions would be in doubt`);
      if ((number(row.backups) ?? 0) > 0) return block("a backup is running");
      const logical =
        (number(row.logical) ?? 0) > 0 ? [`logical slots do not move along: ${text(row.logical_names, 200)}`] : [];
      const long =
        (number(row.long) ?? 0) > 0
          ? [`${row.long} writing transactions are older than a minute and would be lost`]
          : [];
      const words = [...logical, ...long];
      return words.length === 0 ? pass("no backup, no prepared transaction, no long write") : warn(words.join("; "));
    },
  };
}

/** A shutdown waits for the archiver, so one that fails would hold it up. */
export function archiveCheck(from: PostgresNodeConfig): PostgresCheck {
  return {
    id: "archive",
    title: "The archive keeps up",
    run: async (context) => {
      const polled = await patientPoll(context);
      if (!polled.ok) return unknown(polled.error.what);
      const archiver = polled.value.detail.nodes.find((node) => node.name === from.name)?.archiver ?? null;
      if (archiver === null) return warn("it could not be read");
      if (archiver.failing)
        return block(`archiving fails at ${archiver.lastFailedWal}: the shutdown would wait for it`);
      const waiting = archiver.readySegments ?? 0;
      return waiting > 20 ? block(`${waiting} segments wait`) : pass(`${waiting} segments wait`);
    },
  };
}

/** The worst verdict, with everything that is to be said. */
export function worstOf(results: readonly CheckResult[]): CheckResult {
  const order = ["block", "unknown", "warn", "pass"] as const;
  const verdict = order.find((each) => results.some((result) => result.verdict === each)) ?? "pass";
  return { verdict, evidence: results.map((result) => result.evidence).join("; ") };
}
