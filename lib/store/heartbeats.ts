import type { Heartbeat, HeartbeatWord } from "#lib/core/heartbeat.ts";
import type { Heartbeat as Row } from "#lib/store/client/client.ts";
import type { History, Reading, Writing } from "#lib/store/open-store.ts";

/** How many of a service are kept: a panel shows far fewer runs, of two reports each. */
const keptOfService = 400;

export type NewHeartbeat = Omit<Heartbeat, "id"> & { readonly serviceId: string; readonly tokenName: string };

/** Keeps a report, and forgets the oldest of its service beyond what is kept. */
export async function insertHeartbeat({ db }: Writing, heartbeat: NewHeartbeat): Promise<void> {
  await db.heartbeat.create({ data: { ...heartbeat, at: new Date(heartbeat.at) } });
  const { serviceId } = heartbeat;
  const [oldest] = await db.heartbeat.findMany({
    where: { serviceId },
    orderBy: { id: "desc" },
    skip: keptOfService,
    take: 1,
    select: { id: true },
  });
  if (oldest !== undefined) await db.heartbeat.deleteMany({ where: { serviceId, id: { lte: oldest.id } } });
}

/** The last ones of a service, oldest first. */
export async function listHeartbeats({ db }: Reading, serviceId: string, most: number): Promise<Heartbeat[]> {
  const rows = await db.heartbeat.findMany({ where: { serviceId }, orderBy: { id: "desc" }, take: most });
  return rows.reverse().map(toHeartbeat);
}

/** The newest of a service, with whose token and from where it came; `null` before the first. */
export async function lastSender(
  { db }: Reading,
  serviceId: string,
): Promise<{ readonly tokenName: string; readonly from: string | null } | null> {
  const select = { tokenName: true, from: true };
  return await db.heartbeat.findFirst({ where: { serviceId }, orderBy: { id: "desc" }, select });
}

/** Forgets what a service sent: it is another one now. */
export async function forgetHeartbeats({ db }: Writing, serviceId: string): Promise<void> {
  await db.heartbeat.deleteMany({ where: { serviceId } });
}

/** The number of the newest report of all, by one look at an index; 0 when there is none. */
export function newestHeartbeat({ past }: Pick<History, "past">): number {
  return past.prepare<[], { id: number | null }>(`SELECT max("id") AS "id" FROM "Heartbeat"`).get()?.id ?? 0;
}

/** What came after the report of that number, oldest first, with what it says in words. */
export async function heartbeatsAfter(
  { db }: Reading,
  id: number,
): Promise<Pick<Row, "id" | "serviceId" | "message" | "log">[]> {
  const select = { id: true, serviceId: true, message: true, log: true };
  return await db.heartbeat.findMany({ where: { id: { gt: id } }, orderBy: { id: "asc" }, take: 1_000, select });
}

/** Puts other words in the place of a report's. */
export async function rewordHeartbeat(
  { db }: Writing,
  { id, message, log }: Pick<Row, "id" | "message" | "log">,
): Promise<void> {
  await db.heartbeat.updateMany({ where: { id }, data: { message, log } });
}

function toHeartbeat({ serviceId: _, tokenName: __, at, says, ...row }: Row): Heartbeat {
  return { ...row, at: at.getTime(), says: says as HeartbeatWord };
}
