import { join } from "node:path";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { end, pidOf, startProgram } from "#e2e/lab/process.ts";

const name = "writer";

/** Background writes into the primary, through HAProxy like those of any app. */
export function startWriter(lab: Lab): void {
  if (pidOf(lab, name) !== null) return;
  const password = join(lab.paths.secrets, "pg-app-password");
  startProgram(lab, name, "writer-client.ts", [lab.addresses.lb, String(ports.writes), password]);
}

export async function stopWriter(lab: Lab): Promise<void> {
  await end(lab, name, "SIGTERM", 1_000);
}
