import { join } from "node:path";
import { untilService } from "#e2e/drill/lab-poller.ts";
import { breakLab, type FaultName, healLab } from "#e2e/lab/faults.ts";
import { askHaproxy } from "#e2e/lab/haproxy.ts";
import { type Lab, pgHosts, type WebHost, webHosts } from "#e2e/lab/layout.ts";
import { askPgbouncer } from "#e2e/lab/pgbouncer.ts";
import { primaryOf, sql } from "#e2e/lab/postgres.ts";
import { runOnHost } from "#e2e/lab/sshd.ts";
import { until } from "#e2e/lab/until.ts";
import { apachePid, webHostPaths } from "#e2e/lab/web-host.ts";
import type { Store } from "#lib/store/open-store.ts";

type Params = Readonly<Record<string, string>>;

/** A remedy, what it needs to be of use, and how its effect is seen by the target's own tools. */
export interface CrashCase {
  readonly action: string;
  readonly serviceId: string;
  /** Sets the stage and returns what the remedy is asked with, once it is offered. */
  readonly prepare: (lab: Lab, store: Store) => Promise<Params>;
  /** By HAProxy's socket, Passenger's and PostgreSQL's own words, or the file itself. */
  readonly shows: (lab: Lab) => Promise<string>;
  readonly tidy?: (lab: Lab, store: Store) => Promise<void>;
  /** Only each so-manieth boundary: of a remedy that takes long and repeats itself. */
  readonly every?: number;
}

export const crashCases: readonly CrashCase[] = [
  onServer("server-drain", { server: "learn/web-02" }),
  onServer("server-maint", { server: "learn/web-02" }),
  onServer("server-weight", { server: "learn/web-02", weight: "0%" }),
  onServer("server-ready", { server: "learn/web-02" }, (lab) => setServer(lab, "state drain")),
  onServer("backend-hold", { backend: "learn" }),
  {
    action: "own-put-notice",
    serviceId: "learn-web",
    prepare: (_lab, store) => offered(store, "learn-web", "own-put-notice", { name: "crash" }),
    shows: async (lab) => (await runOnHost(lab, "web-02", `ls -l --full-time ${noticeOf(lab)} 2>&1`)).stdout,
    tidy: async (lab) => void (await runOnHost(lab, "web-02", `rm -f ${noticeOf(lab)}`)),
  },
  onApp("restart-app", (store) => offered(store, "learn-web", "restart-app", { node: "web-02", app: /web-02\/learn/ })),
  {
    ...onApp("drained-restart", (store) =>
      offered(store, "learn-web", "drained-restart", { node: "web-02", app: /web-02\/learn/ }),
    ),
    every: 3,
  },
  {
    ...onApp("rolling-restart", (store) =>
      offered(store, "learn-web", "rolling-restart", { app: /\/learn/, hold: "5s" }),
    ),
    every: 13,
  },
  {
    action: "restart-web-server",
    serviceId: "learn-web",
    prepare: async (lab, store) => {
      await breakLab(lab, "web");
      return await offered(store, "learn-web", "restart-web-server", { node: "web-02" });
    },
    shows: async (lab) => String(apachePid(lab.folder, "web-02")),
    tidy: async (lab) => {
      await healLab(lab, "web");
      await untilAllServe(lab);
    },
  },
  onSession("cancel-query", "long-query", "report"),
  onSession("terminate-session", "blocked", "batch-job"),
  {
    action: "resume-replay",
    serviceId: "pg-main",
    prepare: async (lab, store) => {
      await breakLab(lab, "replica-lag");
      return await offered(store, "pg-main", "resume-replay", { node: /./ });
    },
    shows: async (lab) => {
      const told = pgHosts.map((host) =>
        sql(lab, host, "select pg_is_in_recovery() and pg_is_wal_replay_paused() as on"),
      );
      return JSON.stringify(await Promise.all(told.map((one) => one.catch(() => "none"))));
    },
    tidy: async (lab) => void (await healLab(lab, "replica-lag")),
  },
  {
    action: "resume-pooler",
    serviceId: "pg-main",
    prepare: async (lab, store) => {
      await askPgbouncer(lab, "PAUSE app");
      return await offered(store, "pg-main", "resume-pooler", { pooler: /./ });
    },
    shows: pausedPools,
    tidy: async (lab) => {
      if ((await pausedPools(lab)) !== "[]") await askPgbouncer(lab, "RESUME app");
    },
  },
  {
    action: "drop-slot",
    serviceId: "pg-main",
    prepare: async (lab, store) => {
      await breakLab(lab, "dead-slot");
      const places = await rowsOfPrimary(
        lab,
        "select restart_lsn::text as lsn from pg_replication_slots where not active",
      );
      const [place] = places.map((row) => String(row.lsn));
      return await offered(store, "pg-main", "drop-slot", { slot: new RegExp(`left_over/${place}$`) });
    },
    shows: (lab) => onPrimary(lab, "select slot_name from pg_replication_slots order by 1"),
    tidy: async (lab) => void (await healLab(lab, "dead-slot")),
  },
];

function onServer(action: string, params: Params, first?: (lab: Lab) => Promise<void>): CrashCase {
  return {
    action,
    serviceId: "lb",
    prepare: async (lab, store) => {
      await first?.(lab);
      return await offered(store, "lb", action, params);
    },
    shows: learnServers,
    tidy: async (lab) => {
      await setServer(lab, "state ready");
      for (const host of webHosts) await askHaproxy(lab, `enable health learn/${host}`);
      await askHaproxy(lab, "set weight learn/web-02 100%");
      await untilAllServe(lab);
    },
  };
}

async function untilAllServe(lab: Lab): Promise<void> {
  const serve = async () => /^(\S+ 2 0 \d+ \d+ ?){3}$/.test(await learnServers(lab));
  await until("all three serve", serve, { timeoutMs: 90_000 });
}

/** What HAProxy wants of each server, whether it is up, its weight, and whether it is checked; being checked right now is chance. */
async function learnServers(lab: Lab): Promise<string> {
  const rows = (await askHaproxy(lab, "show servers state learn")).split("\n").map((line) => line.split(" "));
  const servers = rows.filter((row) => row[1] === "learn");
  return servers.map((row) => [row[3], row[5], row[6], row[7], Number(row[13]) & ~1].join(" ")).join(" ");
}

async function setServer(lab: Lab, words: string): Promise<void> {
  await askHaproxy(lab, `set server learn/web-02 ${words}`);
}

function onApp(action: string, prepare: (store: Store) => Promise<Params>): CrashCase {
  return {
    action,
    serviceId: "learn-web",
    prepare: (_lab, store) => prepare(store),
    shows: async (lab) => (await Promise.all(webHosts.map((host) => groupsOn(lab, host)))).join("\n"),
    tidy: async (lab) => {
      for (const host of webHosts) {
        for (const backend of ["learn", "api"]) await askHaproxy(lab, `set server ${backend}/${host} state ready`);
      }
      await untilAllServe(lab);
    },
  };
}

/** The uuid of each app's group: it is another after each restart. */
async function groupsOn(lab: Lab, host: WebHost): Promise<string> {
  const { registryDir } = webHostPaths(lab.folder, host);
  const command = `PASSENGER_INSTANCE_REGISTRY_DIR=${registryDir} passenger-status --no-header --show=xml`;
  const { stdout } = await runOnHost(lab, host, command);
  return [...stdout.matchAll(/<name>([^<]*)<\/name>|<uuid>([^<]*)<\/uuid>/g)]
    .map((found) => found[1] ?? found[2])
    .join(" ");
}

function onSession(action: string, fault: FaultName, application: string): CrashCase {
  return {
    action,
    serviceId: "pg-main",
    prepare: async (lab, store) => {
      await breakLab(lab, fault);
      // The board may still offer the one of the time before.
      const pids = await rowsOfPrimary(
        lab,
        `select pid from pg_stat_activity where application_name = '${application}'`,
      );
      const [pid] = pids.map((row) => String(row.pid));
      return await offered(store, "pg-main", action, { session: new RegExp(`/${pid}\\.`) });
    },
    shows: (lab) =>
      onPrimary(
        lab,
        `select pid, backend_start::text, state from pg_stat_activity where application_name = '${application}' order by 1`,
      ),
    tidy: async (lab) => void (await healLab(lab, fault)),
  };
}

async function pausedPools(lab: Lab): Promise<string> {
  const rows = await askPgbouncer(lab, "SHOW DATABASES");
  return JSON.stringify(rows.filter((row) => Number(row.paused) === 1).map((row) => row.name));
}

async function onPrimary(lab: Lab, statement: string): Promise<string> {
  return JSON.stringify(await rowsOfPrimary(lab, statement));
}

async function rowsOfPrimary(lab: Lab, statement: string): Promise<Readonly<Record<string, unknown>>[]> {
  return await sql(lab, (await primaryOf(lab)) ?? "pg-a", statement);
}

function noticeOf(lab: Lab): string {
  return join(webHostPaths(lab.folder, "web-02").home, "crash.notice");
}

/** Waits until the action takes these values, each as it is or as what the label or value of an option matches. */
async function offered(
  store: Store,
  serviceId: string,
  action: string,
  wanted: Readonly<Record<string, string | RegExp>>,
): Promise<Params> {
  let found: Record<string, string> = {};
  await untilService(
    store,
    serviceId,
    `${action} is offered`,
    ({ actions }) => {
      const offer = actions.find((one) => one.id === action && one.blocked === null);
      const chosen = (offer?.params ?? []).map(({ name, options, input }) => {
        const want = wanted[name];
        if (input !== undefined) return [name, String(want)] as const;
        const option = options.find(({ value, label }) =>
          want instanceof RegExp ? want.test(`${label} ${value}`) : value === want,
        );
        return [name, option?.value] as const;
      });
      found = Object.fromEntries(chosen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      return offer !== undefined && chosen.every(([, value]) => value !== undefined);
    },
    60_000,
  );
  return found;
}
