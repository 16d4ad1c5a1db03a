import { join } from "node:path";
import type { Fault } from "#e2e/lab/fault.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { primaryOf, sql } from "#e2e/lab/postgres.ts";
import { end, pidOf, startProgram } from "#e2e/lab/process.ts";
import { until } from "#e2e/lab/until.ts";

/** Sessions of the app that misbehave on the primary, through HAProxy like all of its sessions. */
function sessions(scene: "long-query" | "blocked", does: string, shows: string): Fault {
  const name = `sessions-${scene}`;
  return {
    does,
    isOn: async (lab) => pidOf(lab, name) !== null,
    break: async (lab) => {
      const password = join(lab.paths.secrets, "pg-app-password");
      startProgram(lab, name, "session-client.ts", [lab.addresses.lb, String(ports.writes), password, scene]);
      const primary = await primaryOrThrow(lab);
      await until("the sessions are at it", async () => (await sql(lab, primary, shows)).length > 0);
      return does;
    },
    heal: async (lab) => {
      await end(lab, name, "SIGTERM", 1_000);
      return "those sessions are gone";
    },
  };
}

export const longQuery = sessions(
  "long-query",
  "a report runs on the primary for an hour",
  "select 1 from pg_stat_activity where application_name = 'report' and state = 'active'",
);

export const blocked = sessions(
  "blocked",
  "a batch job holds a lock and goes silent in its transaction: three sessions wait for it",
  "select 1 from pg_stat_activity where application_name like 'checkout-%' and wait_event_type = 'Lock'",
);

const leftOver = "left_over";

export const deadSlot: Fault = {
  does: "a replication slot that nobody reads from keeps WAL on the primary",
  isOn: async (lab) => (await slots(lab)) > 0,
  break: async (lab) => {
    await sql(lab, await primaryOrThrow(lab), `select pg_create_physical_replication_slot('${leftOver}', true)`);
    return `slot ${leftOver} was made, and nobody will read from it`;
  },
  heal: async (lab) => {
    await sql(lab, await primaryOrThrow(lab), `select pg_drop_replication_slot('${leftOver}')`);
    return `slot ${leftOver} was dropped`;
  },
};

async function slots(lab: Lab): Promise<number> {
  const primary = await primaryOf(lab);
  if (primary === null) return 0;
  return (await sql(lab, primary, `select 1 from pg_replication_slots where slot_name = '${leftOver}'`)).length;
}

async function primaryOrThrow(lab: Lab) {
  const primary = await primaryOf(lab);
  if (primary === null) throw new LabError("no node takes writes, so this cannot be done");
  return primary;
}
