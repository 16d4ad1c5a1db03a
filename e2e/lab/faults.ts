import type { Fault } from "#e2e/lab/fault.ts";
import { backupFails, backupStops } from "#e2e/lab/faults-backup.ts";
import { primaryDown, primaryHost, replicaDown, replicaLag } from "#e2e/lab/faults-postgres.ts";
import { blocked, deadSlot, longQuery } from "#e2e/lab/faults-sessions.ts";
import { searchHangs, sshHangs, tarpit } from "#e2e/lab/faults-silence.ts";
import { diskFull } from "#e2e/lab/faults-store.ts";
import { health500, slowApp, webDies } from "#e2e/lab/faults-web.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import type { Lab } from "#e2e/lab/layout.ts";

export const faults = {
  search: searchHangs,
  web: webDies,
  "slow-app": slowApp,
  "replica-lag": replicaLag,
  "replica-down": replicaDown,
  "primary-down": primaryDown,
  "primary-host": primaryHost,
  "long-query": longQuery,
  blocked,
  "dead-slot": deadSlot,
  "health-500": health500,
  tarpit,
  "ssh-hang": sshHangs,
  "backup-fails": backupFails,
  "backup-stops": backupStops,
  "disk-full": diskFull,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

/** Checks a name that a person typed. Throws with the list of all faults when there is none of that name. */
export function faultNamed(name: string): FaultName {
  if (Object.hasOwn(faults, name)) return name as FaultName;
  throw new LabError(`there is no fault "${name}". There are:\n${listFaults()}`);
}

/** Every fault with what it does, a line each. */
export function listFaults(): string {
  const width = Math.max(...faultNames.map((name) => name.length));
  return faultNames.map((name) => `  ${name.padEnd(width)}  ${faults[name].does}`).join("\n");
}

/** Breaks the lab; on already: says so and changes nothing. */
export async function breakLab(lab: Lab, name: FaultName): Promise<string> {
  if (await faults[name].isOn(lab)) return `${name} is broken already`;
  return faults[name].break(lab);
}

/** Undoes a fault; not on: says so and changes nothing. */
export async function healLab(lab: Lab, name: FaultName): Promise<string> {
  if (!(await faults[name].isOn(lab))) return `${name} is not broken`;
  return faults[name].heal(lab);
}

/** The faults that are on right now, as the servers show, not as anyone noted. */
export async function activeFaults(lab: Lab): Promise<FaultName[]> {
  const states = await Promise.all(faultNames.map((name) => faults[name].isOn(lab)));
  return faultNames.filter((_, at) => states[at]);
}
