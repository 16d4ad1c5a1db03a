import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DrillParts, type DrillPlan, type DrillReport, isWell } from "#e2e/drill/drill.ts";
import { carryOutRun, settle, startLabPoller, untilService } from "#e2e/drill/lab-poller.ts";
import { startVisitors } from "#e2e/drill/visitors.ts";
import { askHaproxy } from "#e2e/lab/haproxy.ts";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { startTestLab } from "#e2e/lab/test-lab.ts";
import { haproxyPicture } from "#e2e/servers/picture.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Run } from "#lib/wire/run.ts";

/** Visitors a second while the remedy works. */
const perSecond = 50;

type Round = (store: Store) => Promise<Run>;

export const rollingRestartDrill: DrillPlan = {
  action: "rolling-restart",
  about: "restarts the app on all web hosts, one by one, under 50 requests a second through HAProxy",
  run: (parts) => drill("rolling-restart", parts, rollOnce),
  passes,
};

export const drainDrill: DrillPlan = {
  action: "server-drain",
  about: "drains a web host and brings it back, under 50 requests a second through HAProxy",
  run: (parts) => drill("drain", parts, drainOnce),
  passes,
};

/** Nobody's request fails, and what HAProxy thinks of its servers is afterwards what it was before. */
function passes(report: DrillReport): boolean {
  return report.failedRequests === 0 && report.lost === 0 && report.verdicts.every(isWell);
}

async function drill(name: string, { times, tell, signal }: DrillParts, round: Round): Promise<DrillReport> {
  const bench = await startTestLab({ load: false });
  const data = mkdtempSync(join(tmpdir(), "pitwall-drill-"));
  const verdicts: string[] = [];
  let [acknowledged, failedRequests, lost, maxGapMs] = [0, 0, 0, 0];
  try {
    const poller = await startLabPoller(bench.lab.paths.config, data);
    try {
      for (let n = 1; n <= times && !signal.aborted; n += 1) {
        const before = await serverStates(bench.lab);
        const front = `http://${bench.lab.addresses.lb}:${ports.front}`;
        const visitors = startVisitors(front, perSecond, ["/", "/api/up", "/up"]);
        const run = await round(poller.store).finally(() => visitors.stop());
        const { answered, failed, maxGapMs: gapMs } = await visitors.stop();
        const after = await serverStates(bench.lab);
        await settle(poller.store, run.id);
        acknowledged += answered;
        failedRequests += failed.length;
        maxGapMs = Math.max(maxGapMs, gapMs);
        const same = before === after;
        if (!same) lost += 1;
        const changed = same ? "" : "; HAProxy's servers are not as they were";
        verdicts.push(isWell(run.state) && same ? run.state : `${run.state}: ${run.verdict}${changed}`);
        const words = `${answered} answered, ${failed.length} failed, gap ${gapMs} ms`;
        tell(
          `${name} ${n} of ${times}: ${verdicts.at(-1)}; ${words}${failed[0] === undefined ? "" : ` (${failed[0]})`}`,
        );
      }
    } finally {
      await poller.stop();
    }
  } finally {
    await bench.stop();
    rmSync(data, { recursive: true, force: true });
  }
  return { drill: name, times: verdicts.length, acknowledged, lost, maxGapMs, failedRequests, verdicts };
}

async function rollOnce(store: Store): Promise<Run> {
  const seen = await untilService(store, "learn-web", "all hosts list the app", (service) =>
    service.actions.some((offer) => offer.id === "rolling-restart" && offer.blocked === null),
  );
  const offer = seen.actions.find(({ id }) => id === "rolling-restart");
  const learn = offer?.params[0]?.options.find((option) => option.label.startsWith("learn"));
  const params = { app: learn?.value ?? "", hold: "5s" };
  return await carryOutRun(store, { serviceId: "learn-web", action: "rolling-restart", params }, 600_000);
}

async function drainOnce(store: Store): Promise<Run> {
  const params = { server: "learn/web-02" };
  const ready = (id: string) =>
    untilService(store, "lb", `${id} is possible`, (service) =>
      service.actions.some(
        (offer) =>
          offer.id === id &&
          offer.blocked === null &&
          offer.params[0]?.options.some((option) => option.value === params.server) === true,
      ),
    );
  await ready("server-drain");
  const drained = await carryOutRun(store, { serviceId: "lb", action: "server-drain", params });
  if (!isWell(drained.state)) return drained;
  await ready("server-ready");
  return await carryOutRun(store, { serviceId: "lb", action: "server-ready", params });
}

/** What HAProxy wants of each server, and whether it is up, by its own table. */
async function serverStates(lab: Lab): Promise<string> {
  return JSON.stringify(await haproxyPicture((command) => askHaproxy(lab, command)));
}
