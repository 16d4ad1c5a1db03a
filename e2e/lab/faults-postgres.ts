import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "#e2e/lab/fault.ts";
import { writeOwned } from "#e2e/lab/folder.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { isPgHost, type Lab, type PgHost, pgHosts } from "#e2e/lab/layout.ts";
import { isWritable, postgresPid, primaryOf, sql, startNode, startReplica, stopNode } from "#e2e/lab/postgres.ts";
import { readText } from "#e2e/lab/process.ts";
import { startSshd, stopSshd } from "#e2e/lab/sshd.ts";
import { until } from "#e2e/lab/until.ts";

const [primary, paused, stopped] = pgHosts;

export const replicaLag: Fault = {
  does: `${paused} stops replaying: it keeps receiving, and falls behind with every write`,
  isOn: async (lab) => postgresPid(lab.folder, paused) !== null && isPaused(lab),
  break: async (lab) => {
    assertRuns(lab, paused);
    await sql(lab, paused, "select pg_wal_replay_pause()");
    await until(`${paused} pauses its replay`, () => isPaused(lab));
    return `${paused} has paused its replay`;
  },
  heal: async (lab) => {
    await sql(lab, paused, "select pg_wal_replay_resume()");
    return `${paused} replays again`;
  },
};

export const replicaDown: Fault = {
  does: `PostgreSQL on ${stopped} stops at once: its slot on the primary keeps WAL for it`,
  isOn: async (lab) => postgresPid(lab.folder, stopped) === null,
  break: async (lab) => {
    await stopNode(lab, stopped, "immediate");
    return `PostgreSQL on ${stopped} was stopped without a shutdown`;
  },
  heal: async (lab) => {
    if (postgresPid(lab.folder, primary) === null) {
      await startNode(lab, stopped);
      return `PostgreSQL on ${stopped} runs again, but its primary does not`;
    }
    await startReplica(lab, stopped);
    return `PostgreSQL on ${stopped} runs again and streams`;
  },
};

export const primaryDown: Fault = {
  does: `PostgreSQL on ${primary} stops at once: nothing takes writes, both replicas lose their source`,
  isOn: async (lab) => postgresPid(lab.folder, primary) === null,
  break: async (lab) => {
    await stopNode(lab, primary, "immediate");
    return `PostgreSQL on ${primary} was stopped without a shutdown`;
  },
  heal: async (lab) => {
    for (const host of pgHosts) {
      if (await isWritable(lab, host)) {
        throw new LabError(
          `${host} has been promoted meanwhile, and starting ${primary} as it is would make two primaries; \`down\` and \`up\` make the cluster anew`,
        );
      }
    }
    await startNode(lab, primary);
    return `PostgreSQL on ${primary} takes writes again`;
  },
};

/** Which host is dead: its own file, because roles move. */
function deadHostFile(lab: Lab): string {
  return join(lab.paths.pids, "dead-primary-host");
}

function deadHost(lab: Lab): PgHost | null {
  const name = readText(deadHostFile(lab)).trim();
  return isPgHost(name) ? name : null;
}

export const primaryHost: Fault = {
  does: "the machine of the primary dies: PostgreSQL and ssh there answer nobody; healed, it comes back as the primary it was",
  isOn: async (lab) => deadHost(lab) !== null,
  break: async (lab) => {
    const host = await primaryOf(lab);
    if (host === null) throw new LabError("no node takes writes, so there is no primary's machine to die");
    writeOwned(lab, deadHostFile(lab), `${host}\n`);
    await Promise.all([stopSshd(lab, host), stopNode(lab, host, "immediate")]);
    return `${host} is dead: PostgreSQL and ssh`;
  },
  heal: async (lab) => {
    const host = deadHost(lab);
    if (host === null) return "no machine is dead";
    await startSshd(lab, host);
    await startNode(lab, host);
    rmSync(deadHostFile(lab), { force: true });
    return `${host} is back, as what it was`;
  },
};

async function isPaused(lab: Lab): Promise<boolean> {
  const [row] = await sql(lab, paused, "select pg_is_in_recovery() and pg_is_wal_replay_paused() as paused");
  return row?.paused === true;
}

function assertRuns(lab: Lab, host: PgHost): void {
  if (postgresPid(lab.folder, host) === null)
    throw new LabError(`PostgreSQL on ${host} does not run, so this cannot be broken`);
}
