import type { Alarm } from "#lib/core/alarm.ts";
import type { Alarm as StoredAlarm } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** An alarm as it stands: of which service, by which run, and since when. */
export interface AlarmRow extends Alarm {
  readonly serviceId: string;
  readonly runId: string;
  readonly since: number;
}

/** Key of the alarm that tells what a run left. */
export function leftAlarm(runId: string): string {
  return `run:${runId}`;
}

/** Opens an alarm; one of the same key is told anew and keeps its age. */
export async function raiseAlarm({ db }: Writing, row: AlarmRow): Promise<void> {
  const { serviceId, key, since, facts, action, ...plain } = row;
  const told = { ...plain, facts: JSON.stringify(facts), action: action === undefined ? null : JSON.stringify(action) };
  await db.alarm.upsert({
    where: { serviceId_key: { serviceId, key } },
    create: { serviceId, key, since: new Date(since), ...told },
    update: told,
  });
}

/** No alarm of that key is no error: it is cleared then. */
export async function clearAlarm({ db }: Writing, serviceId: string, key: string): Promise<void> {
  await db.alarm.deleteMany({ where: { serviceId, key } });
}

/** Every open alarm, oldest first. */
export async function listAlarms({ db }: Reading): Promise<AlarmRow[]> {
  const rows = await db.alarm.findMany({ orderBy: [{ since: "asc" }, { key: "asc" }] });
  return rows.map(toAlarm);
}

function toAlarm({ since, facts, action, severity, ...row }: StoredAlarm): AlarmRow {
  return {
    ...row,
    severity: severity as Alarm["severity"],
    facts: JSON.parse(facts) as Record<string, string>,
    ...(action === null ? {} : { action: JSON.parse(action) as NonNullable<Alarm["action"]> }),
    since: since.getTime(),
  };
}
