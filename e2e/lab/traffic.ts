import { type Lab, ports } from "#e2e/lab/layout.ts";
import { end, pidOf, startProgram } from "#e2e/lab/process.ts";

const name = "traffic";
export const floodProcess = "flood";

/** A few visitors a second, so that the board moves. */
export function startTraffic(lab: Lab): void {
  if (pidOf(lab, name) !== null) return;
  const front = `http://${lab.addresses.lb}:${ports.front}`;
  const paths = ["/", "/search?q=pit+wall", "/", "/api/laps", "/search?q=slow+lap", "/api/cars"];
  startProgram(lab, name, "traffic-client.ts", [front, "250", "40", ...paths]);
}

export async function stopTraffic(lab: Lab): Promise<void> {
  await end(lab, name, "SIGTERM", 1_000);
}

/** Keeps 24 slow requests on web-01, which can work on three at a time. */
export function startFlood(lab: Lab): void {
  if (pidOf(lab, floodProcess) !== null) return;
  const web = `http://${lab.addresses["web-01"]}:${ports.web}`;
  startProgram(lab, floodProcess, "traffic-client.ts", [web, "100", "24", "/slow?seconds=2"]);
}

export async function stopFlood(lab: Lab): Promise<boolean> {
  return end(lab, floodProcess, "SIGTERM", 1_000);
}
