import type { Confirm } from "#lib/core/state.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** How somebody chose that a service's trouble is confirmed, instead of what the configuration says. */
export interface ConfirmChoice {
  readonly serviceId: string;
  readonly confirm: Confirm;
  readonly by: string;
  readonly at: number;
}

export async function listConfirmChoices({ db }: Reading): Promise<ConfirmChoice[]> {
  const rows = await db.confirmChoice.findMany();
  return rows.map(({ serviceId, confirm, setBy, setAt }) => ({
    serviceId,
    confirm: JSON.parse(confirm) as Confirm,
    by: setBy,
    at: setAt.getTime(),
  }));
}

export async function findConfirmChoice(reading: Reading, serviceId: string): Promise<ConfirmChoice | null> {
  return (await listConfirmChoices(reading)).find((choice) => choice.serviceId === serviceId) ?? null;
}

export async function writeConfirmChoice(
  { db }: Writing,
  { serviceId, confirm, by, at }: ConfirmChoice,
): Promise<void> {
  const data = { confirm: JSON.stringify(confirm), setBy: by, setAt: new Date(at) };
  await db.confirmChoice.upsert({ where: { serviceId }, create: { serviceId, ...data }, update: data });
}

/** The configuration has the say again. */
export async function deleteConfirmChoice({ db }: Writing, serviceId: string): Promise<void> {
  await db.confirmChoice.deleteMany({ where: { serviceId } });
}
