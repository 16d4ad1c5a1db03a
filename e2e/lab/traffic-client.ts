import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/**
 * Asks for the paths in turn, one request every so many milliseconds, never more than `atOnce` in flight.
 * A visitor waits 30 s, then leaves. Arguments: lab folder, base URL, interval, atOnce, paths.
 */
const [, , , base = "", everyMs = "250", atOnce = "40", ...paths] = process.argv;

let inFlight = 0;

function visit(path: string): void {
  inFlight++;
  const visitor = request(new URL(path, base), { timeout: 30_000, agent: false }, (response) => {
    response.on("error", () => {});
    response.resume();
  });
  visitor.on("timeout", () => visitor.destroy());
  visitor.on("error", () => {}); // a server that is down is what the lab is for
  visitor.on("close", () => {
    inFlight--;
  });
  visitor.end();
}

dropPrivileges();
process.once("SIGTERM", () => process.exit(0));
for (let turn = 0; ; turn++) {
  if (inFlight < Number(atOnce)) visit(paths[turn % paths.length] ?? "/");
  await pause(Number(everyMs));
}
