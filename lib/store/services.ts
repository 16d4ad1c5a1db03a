import type { Confirm } from "#lib/core/state.ts";
import type { Service } from "#lib/store/client/client.ts";
import type { KeptKey } from "#lib/store/kept.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** A service as the poller applied it from the configuration. */
export interface ServiceRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly group: string | null;
  readonly position: number;
  readonly dependsOn: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** How its trouble is confirmed by the configuration; absent in rows of before it was kept. */
  readonly confirm?: Confirm;
  readonly rules: unknown;
  readonly config: unknown;
}

/** The services of the board, in the order of the configuration. */
export async function listServices({ db, kept }: Reading): Promise<readonly ServiceRow[]> {
  const newest = await db.service.findFirst({ orderBy: { seq: "desc" }, select: { seq: true } });
  const seq = Number(newest?.seq ?? -1);
  const known = kept?.get(keptServices);
  if (known?.seq === seq) return known.rows;
  const found = await db.service.findMany({ where: { removedAt: null }, orderBy: { position: "asc" } });
  const rows = found.map(toService);
  kept?.set(keptServices, { seq, rows });
  return rows;
}

/** The list as it was when this change number was the newest. */
const keptServices: KeptKey<{ readonly seq: number; readonly rows: readonly ServiceRow[] }> = {
  empty: { seq: Number.NaN, rows: [] },
};

/** The services that had not yet been taken out at `at`, as the configuration told them last. */
export async function listServicesAt({ db }: Reading, at: number): Promise<ServiceRow[]> {
  const rows = await db.service.findMany({
    where: { OR: [{ removedAt: null }, { removedAt: { gt: new Date(at) } }] },
    orderBy: { position: "asc" },
  });
  return rows.map(toService);
}

export async function findService({ db }: Reading, id: string): Promise<ServiceRow | null> {
  const row = await db.service.findFirst({ where: { id, removedAt: null } });
  return row === null ? null : toService(row);
}

/** Names of all services that ever were, for a timeline that outlives them. */
export async function serviceNames({ db }: Reading): Promise<Map<string, string>> {
  const rows = await db.service.findMany({ select: { id: true, name: true } });
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Every service that ever was, in as many words as it takes to say who may see it. */
export async function listEveryService({ db }: Reading): Promise<Pick<ServiceRow, "id" | "name" | "group">[]> {
  return await db.service.findMany({ select: { id: true, name: true, group: true } });
}

/** Ids of services whose definition changed, or which were taken out, after `seq`. */
export async function changedServices({ db }: Reading, seq: number): Promise<{ changed: string[]; removed: string[] }> {
  const rows = await db.service.findMany({
    where: { seq: { gt: BigInt(seq) } },
    select: { id: true, removedAt: true },
  });
  return {
    changed: rows.filter((row) => row.removedAt === null).map((row) => row.id),
    removed: rows.filter((row) => row.removedAt !== null).map((row) => row.id),
  };
}

export interface AppliedChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Makes the stored services those of `wanted`. A changed one keeps its state, unless it became another kind: then what
 * was seen before means nothing. One that comes back begins anew.
 */
export async function applyServices(
  writing: Writing,
  wanted: readonly ServiceRow[],
  now: number,
): Promise<AppliedChange> {
  const { db } = writing;
  const known = new Map((await db.service.findMany()).map((row) => [row.id, row]));
  const keep = new Set(wanted.map((service) => service.id));
  const added: string[] = [];
  const changed: string[] = [];
  for (const service of wanted) {
    const before = known.get(service.id);
    const data = fromService(service, writing.seq);
    if (before !== undefined && before.removedAt === null && sameService(before, data)) continue;
    await db.service.upsert({ where: { id: service.id }, create: data, update: data });
    if (before === undefined || before.removedAt !== null || before.kind !== service.kind) {
      await resetState(writing, service.id);
    }
    (before === undefined || before.removedAt !== null ? added : changed).push(service.id);
  }
  const removed = [...known.values()].filter((row) => row.removedAt === null && !keep.has(row.id)).map((row) => row.id);
  await db.service.updateMany({
    where: { id: { in: removed } },
    data: { removedAt: new Date(now), seq: BigInt(writing.seq) },
  });
  return { added, changed, removed };
}

async function resetState({ db, seq }: Writing, serviceId: string): Promise<void> {
  const empty = {
    status: "unknown",
    since: null,
    checkedAt: null,
    summary: "not checked yet",
    findings: "[]",
    failure: null,
    detail: null,
    detailAt: null,
    trend: '{"at":[],"status":[],"series":{}}',
    actions: "[]",
    memory: null,
    seq: BigInt(seq),
  };
  await db.serviceState.upsert({ where: { serviceId }, create: { serviceId, ...empty }, update: empty });
}

function fromService(service: ServiceRow, seq: number): Service {
  const { confirm = null } = service;
  return {
    ...service,
    confirm: confirm === null ? null : JSON.stringify(confirm),
    dependsOn: JSON.stringify(service.dependsOn),
    rules: JSON.stringify(service.rules),
    config: JSON.stringify(service.config ?? null),
    removedAt: null,
    seq: BigInt(seq),
  };
}

function toService(row: Service): ServiceRow {
  const { seq: _seq, removedAt: _removedAt, confirm, ...plain } = row;
  return {
    ...plain,
    ...(confirm === null ? {} : { confirm: JSON.parse(confirm) as Confirm }),
    dependsOn: JSON.parse(row.dependsOn) as string[],
    rules: JSON.parse(row.rules),
    config: JSON.parse(row.config),
  };
}

function sameService(a: Service, b: Service): boolean {
  const keys = [
    "kind",
    "name",
    "group",
    "position",
    "dependsOn",
    "intervalMs",
    "timeoutMs",
    "confirm",
    "rules",
    "config",
  ] as const;
  return keys.every((key) => a[key] === b[key]);
}
