import type { Confirm } from "#lib/core/state.ts";
import type { Service } from "#lib/store/client/client.ts";
import { forgetHeartbeats } from "#lib/store/heartbeats.ts";
import type { KeptKey } from "#lib/store/kept.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { bound, type Row } from "#lib/store/row.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { upsertSql } from "#lib/store/upsert-sql.ts";

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
  /** Since when it is expected to report itself as its options say; absent where Pitwall asks it. */
  readonly expectedSince?: number;
}

/** A service as it is wanted. `reports`: it is expected to report itself, from now on when its options are new. */
export type WantedService = Omit<ServiceRow, "expectedSince"> & { readonly reports?: true };

/** The services of the board, in the order of the configuration. */
export async function listServices({ prepare, kept }: Reading): Promise<readonly ServiceRow[]> {
  const { seq } = prepare(`SELECT ifnull(max("seq"), -1) AS "seq" FROM "Service"`).get() as { readonly seq: number };
  const known = kept?.get(keptServices);
  if (known?.seq === seq) return known.rows;
  const rows = servicesOf(prepare, `WHERE "removedAt" IS NULL ORDER BY "position"`);
  kept?.set(keptServices, { seq, rows });
  return rows;
}

/** The list as it was when this change number was the newest. */
const keptServices: KeptKey<{ readonly seq: number; readonly rows: readonly ServiceRow[] }> = {
  empty: { seq: Number.NaN, rows: [] },
};

/** The services that had not yet been taken out at `at`, as the configuration told them last. */
export async function listServicesAt(reading: Reading, at: number): Promise<ServiceRow[]> {
  const since = servicesOf(reading.prepare, `WHERE "removedAt" > ?`, at);
  const rows = [...(await listServices(reading)), ...since];
  return rows.sort((a, b) => a.position - b.position);
}

export async function findService({ prepare }: Reading, id: string): Promise<ServiceRow | null> {
  return servicesOf(prepare, `WHERE "id" = ? AND "removedAt" IS NULL`, id)[0] ?? null;
}

/** Names of all services that ever were, for a timeline that outlives them. */
export async function serviceNames({ prepare }: Reading): Promise<Map<string, string>> {
  return new Map(prepare(`SELECT "id", "name" FROM "Service"`).raw().all() as [string, string][]);
}

/** Every service that ever was, in as many words as it takes to say who may see it. */
export async function listEveryService({ prepare }: Reading): Promise<Pick<ServiceRow, "id" | "name" | "group">[]> {
  return prepare(`SELECT "id", "name", "group" FROM "Service"`).all() as Pick<ServiceRow, "id" | "name" | "group">[];
}

/** Ids of services whose definition changed, or which were taken out, after `seq`. */
export async function changedServices(
  { prepare }: Reading,
  seq: number,
): Promise<{ changed: string[]; removed: string[] }> {
  const newer = prepare(`SELECT "id", "removedAt" FROM "Service" WHERE "seq" > ?`);
  const rows = newer.all(seq) as Pick<Row<Service>, "id" | "removedAt">[];
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
  wanted: readonly WantedService[],
  now: number,
): Promise<AppliedChange> {
  const { db } = writing;
  const known = new Map((await db.service.findMany()).map((row) => [row.id, row]));
  const keep = new Set(wanted.map((service) => service.id));
  const added: string[] = [];
  const changed: string[] = [];
  for (const service of wanted) {
    const before = known.get(service.id);
    const data = fromService(service, before, writing.seq, now);
    if (before !== undefined && sameService(before, data)) continue;
    // By the thousand when an installation is new, so without a query engine in between.
    writing.prepare(upsertService).run(columns.map((name) => bound(data[name])));
    if (before === undefined || before.removedAt !== null || before.kind !== service.kind) {
      await writeStates(writing, [emptyState(service.id)]);
      if (before !== undefined) await forgetHeartbeats(writing, service.id);
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

const columns = [
  "id",
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
  "expectedSince",
  "removedAt",
  "seq",
] as const;

const upsertService = upsertSql("Service", columns);

function fromService(wanted: WantedService, before: Service | undefined, seq: number, now: number): Service {
  const { confirm = null, reports, ...service } = wanted;
  const config = JSON.stringify(service.config ?? null);
  const goesOn = before?.removedAt === null && before.kind === service.kind && before.config === config;
  return {
    ...service,
    expectedSince: reports === true ? ((goesOn ? before.expectedSince : null) ?? new Date(now)) : null,
    confirm: confirm === null ? null : JSON.stringify(confirm),
    dependsOn: JSON.stringify(service.dependsOn),
    rules: JSON.stringify(service.rules),
    config,
    removedAt: null,
    seq: BigInt(seq),
  };
}

function servicesOf(prepare: Reading["prepare"], which: string, ...values: readonly (string | number)[]): ServiceRow[] {
  return (prepare(`SELECT * FROM "Service" ${which}`).all(...values) as Row<Service>[]).map(toService);
}

function toService(row: Row<Service>): ServiceRow {
  const { seq: _seq, removedAt: _removedAt, confirm, expectedSince, ...plain } = row;
  return {
    ...plain,
    ...(expectedSince === null ? {} : { expectedSince }),
    ...(confirm === null ? {} : { confirm: JSON.parse(confirm) as Confirm }),
    dependsOn: JSON.parse(row.dependsOn) as string[],
    rules: JSON.parse(row.rules),
    config: JSON.parse(row.config),
  };
}

/** Whether nothing but the change number would be written. */
function sameService(a: Service, b: Service): boolean {
  return columns.every((key) => key === "seq" || bound(a[key]) === bound(b[key]));
}
