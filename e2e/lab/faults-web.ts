import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { Fault } from "#e2e/lab/fault.ts";
import { type Lab, ports, type WebHost } from "#e2e/lab/layout.ts";
import { childrenOf, endPids, pidOf, processState } from "#e2e/lab/process.ts";
import { floodProcess, startFlood, stopFlood } from "#e2e/lab/traffic.ts";
import { listens, until } from "#e2e/lab/until.ts";
import { apachePid, forgetApachePid, startWebHost, webHostPaths } from "#e2e/lab/web-host.ts";

const dead: WebHost = "web-02";
const unhealthy: WebHost = "web-03";

/** All of a host's Apache at once, so that no worker goes on serving; Passenger notices by itself and ends. */
export const webDies: Fault = {
  does: `Apache on ${dead} dies: its port refuses, HAProxy takes it out, Passenger is not running there`,
  isOn: async (lab) => apachePid(lab.folder, dead) === null,
  break: async (lab) => {
    const pid = await killWebHost(lab, dead);
    return pid === null ? `Apache on ${dead} does not run` : `Apache on ${dead} (pid ${pid}) was killed`;
  },
  heal: async (lab) => {
    await startWebHost(lab, dead);
    return `Apache on ${dead} runs again (pid ${apachePid(lab.folder, dead)})`;
  },
};

/** The pid of the Apache that was killed; `null` when none ran. */
export async function killWebHost(lab: Lab, host: WebHost): Promise<number | null> {
  const pid = apachePid(lab.folder, host);
  if (pid === null) return null;
  const workers = childrenOf(pid).filter((child) => processState(child) !== "Z");
  await endPids([pid, ...workers], "SIGKILL", 2_000);
  await until(`${host} refuses`, async () => !(await listens(lab.addresses[host], ports.web)));
  forgetApachePid(lab, host);
  return pid;
}

export const slowApp: Fault = {
  does: "slow requests flood web-01: its three processes are busy, the queue grows, its health check waits in it",
  isOn: async (lab) => pidOf(lab, floodProcess) !== null,
  break: async (lab) => {
    startFlood(lab);
    return "24 requests for /slow at a time go to web-01";
  },
  heal: async (lab) => {
    await stopFlood(lab);
    return "no more slow requests go to web-01; what waits there is worked off within 20 s";
  },
};

export const health500: Fault = {
  does: `/health on ${unhealthy} answers 500, though the app works: HAProxy takes it out`,
  isOn: async (lab) => existsSync(flag(lab)),
  break: async (lab) => {
    writeFileSync(flag(lab), "");
    return `/health on ${unhealthy} answers 500`;
  },
  heal: async (lab) => {
    rmSync(flag(lab), { force: true });
    return `/health on ${unhealthy} tells the truth again`;
  },
};

function flag(lab: Lab): string {
  return webHostPaths(lab.folder, unhealthy).health500Flag;
}
