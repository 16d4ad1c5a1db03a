import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { clientsPlace, pictureOf } from "#e2e/drill/cluster.ts";
import { startCommitWriter, type Written } from "#e2e/drill/commit-writer.ts";
import { becomesWhole } from "#e2e/drill/crash.ts";
import { type DrillParts, type DrillPlan, type DrillReport, isWell } from "#e2e/drill/drill.ts";
import { carryOutRun, settle, startLabPoller, until, untilService } from "#e2e/drill/lab-poller.ts";
import { breakLab, healLab } from "#e2e/lab/faults.ts";
import { type Lab, type PgHost, pgHosts } from "#e2e/lab/layout.ts";
import { primaryOf, sql } from "#e2e/lab/postgres.ts";
import { startTestLab } from "#e2e/lab/test-lab.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { Run } from "#lib/wire/run.ts";

const service = "pg-main";

/** A round of a drill, under clients that write all the time. */
interface Scene {
  readonly lab: Lab;
  readonly store: Store;
}

type Round = (scene: Scene) => Promise<Run>;

export const switchoverDrill: DrillPlan = {
  action: "switchover",
  about: "switches the primary over, again and again, under clients that commit all the time",
  run: (parts) => drill("switchover", parts, switchOnce),
  passes: (report) => report.lost === 0 && report.maxGapMs <= 5_000 && report.verdicts.every(isWell),
};

export const failoverDrill: DrillPlan = {
  action: "failover",
  about: "lets the machine of the primary die under load, fails over, has it come back, and rejoins it",
  run: (parts) => drill("failover", parts, failOnce),
  // What was acknowledged and not sent is lost with its machine: replication is asynchronous here, and the run says so.
  passes: (report) => report.verdicts.every(isWell),
};

async function drill(name: string, parts: DrillParts, round: Round): Promise<DrillReport> {
  const { times, tell, signal } = parts;
  const bench = await startTestLab({ load: false });
  const data = mkdtempSync(join(tmpdir(), "pitwall-drill-"));
  const { lab } = bench;
  const all: (Written & { lost: number })[] = [];
  const verdicts: string[] = [];
  try {
    const poller = await startLabPoller(lab.paths.config, data);
    try {
      for (let n = 1; n <= times && !signal.aborted; n += 1) {
        const table = `drill_${n}`;
        const ways = [
          { by: "balancer", place: clientsPlace(lab), table },
          { by: "pooler", place: clientsPlace(lab, "app"), table: `${table}_pooled` },
        ] as const;
        const writers = await Promise.all(ways.map((way) => startCommitWriter(way.place, way.table, 3)));
        const run = await round({ lab, store: poller.store });

        const whole = await becomesWhole(lab, 60_000);
        const written = await Promise.all(writers.map((writer) => writer.stop()));
        const said = isWell(run.state) ? run.state : `${run.state}: ${run.verdict}`;
        const verdict = whole ? said : `not whole: ${said}; ${JSON.stringify(await pictureOf(lab))}`;
        const told: string[] = [];
        for (const [at, one] of written.entries()) {
          const { by = "", table: kept = "" } = ways[at] ?? {};
          const lost = whole ? await countLost(lab, kept, one) : 0;
          all.push({ ...one, lost });
          const { acknowledged, maxGapMs, failed, reasons } = one;
          const why = Object.entries(reasons).map(([words, count]) => `${count} × ${words}`);
          told.push(
            `by the ${by} ${acknowledged.length} acknowledged, ${lost} lost, gap ${maxGapMs} ms, ${failed} failed${why.length === 0 ? "" : ` (${why.join(", ")})`}`,
          );
        }
        verdicts.push(verdict);
        tell(`${name} ${n} of ${times}: ${verdict}; ${told.join("; ")}; ${slowest(run)}`);
        if (!whole) break;
      }
    } finally {
      await poller.stop();
    }
  } finally {
    await bench.stop();
    rmSync(data, { recursive: true, force: true });
  }
  const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    drill: name,
    times: verdicts.length,
    acknowledged: sum((one) => one.acknowledged.length),
    lost: sum((one) => one.lost),
    maxGapMs: Math.max(0, ...all.map((one) => one.maxGapMs)),
    failedRequests: sum((one) => one.failed),
    verdicts,
  };
}

/** `slowest: stop 577 ms, start-pg-a 976 ms`. */
function slowest(run: Run): string {
  const took = run.steps.flatMap(({ id, startedAt, finishedAt }) =>
    startedAt === null || finishedAt === null ? [] : [{ id, ms: finishedAt - startedAt }],
  );
  const worst = took.sort((a, b) => b.ms - a.ms).slice(0, 3);
  return `slowest: ${worst.map(({ id, ms }) => `${id} ${ms} ms`).join(", ")}`;
}

/** To the standby that was longest none. */
export async function switchOnce({ lab, store }: Pick<Scene, "lab" | "store">): Promise<Run> {
  const now = await primaryOf(lab);
  const to = pgHosts[((now === null ? 0 : pgHosts.indexOf(now)) + 1) % pgHosts.length] ?? "pg-a";
  return await retried(async () => {
    await untilOffered(store, "switchover", to);
    return await carryOutRun(store, { serviceId: service, action: "switchover", params: { to } });
  });
}

async function failOnce(scene: Scene): Promise<Run> {
  const { lab, store } = scene;
  const old = await primaryOf(lab);
  await breakLab(lab, "primary-host");
  const failed = await retried(async () => {
    const to = await untilOffered(store, "failover");
    return await carryOutRun(store, { serviceId: service, action: "failover", params: { to } });
  });
  if (!isWell(failed.state)) return failed;
  await healLab(lab, "primary-host");
  await until("the old primary is kept from taking writes", 60_000, async () =>
    (await isFenced(lab, old)) ? true : null,
  );
  await settle(store, failed.id);
  const back = await retried(async () => {
    const node = await untilOffered(store, "rejoin", old ?? undefined);
    return await carryOutRun(store, { serviceId: service, action: "rejoin", params: { node } });
  });
  return isWell(back.state) ? failed : back;
}

/**
 * A refusal changes nothing and may be right for the moment: a balancer notices a death within seconds, and a poll of a busy
 * machine comes late. It is asked again.
 */
export async function retried(once: () => Promise<Run>): Promise<Run> {
  for (let turn = 1; ; turn += 1) {
    const run = await once();
    if (run.state !== "refused" || turn === 5) return run;
    await new Promise((again) => setTimeout(again, 1_500));
  }
}

/** Not running, or no primary: its return as one was noticed and ended. */
async function isFenced(lab: Lab, host: PgHost | null): Promise<boolean> {
  if (host === null) return true;
  const rows = await sql(lab, host, "select pg_is_in_recovery() as standby").catch(() => []);
  return rows.length === 0 || rows[0]?.standby === true;
}

/** The value that the action offers: the given one, or the first. */
export async function untilOffered(store: Store, action: string, wanted?: string): Promise<string> {
  const chosenIn = (board: BoardService) => {
    const offer = board.actions.find((one) => one.id === action && one.blocked === null);
    const options = offer?.params[0]?.options.map((option) => option.value) ?? [];
    return wanted === undefined ? options[0] : options.find((value) => value === wanted);
  };
  const words = `${action} is offered${wanted === undefined ? "" : ` for ${wanted}`}`;
  return chosenIn(await untilService(store, service, words, (board) => chosenIn(board) !== undefined)) ?? "";
}

/** Commits that were acknowledged and are not there, through the clients' own way. */
export async function countLost(lab: Lab, table: string, { acknowledged }: Written): Promise<number> {
  const client = new pg.Client({ ...clientsPlace(lab), connectionTimeoutMillis: 20_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ mark: string }>(`select mark from ${table}`);
    const there = new Set(rows.map((row) => row.mark));
    return acknowledged.filter((mark) => !there.has(mark)).length;
  } finally {
    await client.end();
  }
}
