import type { Reading, Writing } from "#lib/store/open-store.ts";

/** Automation that somebody switched off. */
export interface AutomationOff {
  /** `all`, or `service:` and its id. */
  readonly scope: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** When it comes back by itself; `null`: never. */
  readonly until: number | null;
}

/** The scope of the switch for everything. No service can have this id: see `serviceScope`. */
export const everything = "all";

/** The scope of one service's own switch. */
export function serviceScope(serviceId: string): string {
  return `service:${serviceId}`;
}

export async function switchOff({ db }: Writing, off: AutomationOff): Promise<void> {
  const row = { ...off, at: new Date(off.at), until: off.until === null ? null : new Date(off.until) };
  await db.automationOff.upsert({ where: { scope: off.scope }, create: row, update: row });
}

/** Returns whether it was off. */
export async function switchOn({ db }: Writing, scope: string): Promise<boolean> {
  return (await db.automationOff.deleteMany({ where: { scope } })).count > 0;
}

/** What is off at `now`, everything first. */
export async function listOff({ prepare }: Reading, now: number): Promise<AutomationOff[]> {
  const open = `SELECT * FROM "AutomationOff" WHERE "until" IS NULL OR "until" > ? ORDER BY "scope"`;
  const off = prepare(open).all(now) as AutomationOff[];
  return off.sort((a, b) => Number(b.scope === everything) - Number(a.scope === everything));
}
