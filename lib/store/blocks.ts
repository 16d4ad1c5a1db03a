import type { History, Writing } from "#lib/store/open-store.ts";
import { packDocuments } from "#lib/store/packing/documents.ts";
import { Pack } from "#lib/store/packing/pack.ts";
import { deflatePiece, inflatePieces } from "#lib/store/packing/pieces.ts";
import { type Tier, tiers } from "#lib/store/tiers.ts";
import type { Stretch } from "#lib/store/unreadable.ts";

/** Packed and ready to be written: packing is work for the processor and is done outside of any transaction. */
export interface NewBlock {
  readonly serviceId: string;
  readonly tier: Tier;
  readonly fromAt: number;
  readonly toAt: number;
  readonly documents: number;
  readonly plan: string;
  readonly body: Uint8Array;
}

/** A document of a block has a time, by which the block is sorted. */
interface Timed {
  readonly at: number;
}

/** `documents` in the order of their time; at least one. */
export function packBlock(serviceId: string, tier: Tier, documents: readonly Timed[]): NewBlock {
  const [first, last] = [documents[0], documents.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError("a block holds at least one document");
  const { plan, body } = packDocuments(documents);
  const span = { fromAt: first.at, toAt: last.at, documents: documents.length };
  return { serviceId, tier, ...span, plan, body: deflatePiece(body) };
}

export async function insertBlocks(writing: Writing, blocks: readonly NewBlock[]): Promise<void> {
  const insert = writing.prepare(insertSql);
  for (const { serviceId, plan, tier, fromAt, toAt, documents, body } of blocks) {
    const planId = writing.plans.idFor(writing.prepare, serviceId, plan);
    insert.run(serviceId, tiers[tier], fromAt, toAt, documents, planId, body);
  }
}

const insertSql = `INSERT INTO "HistoryBlock" ("serviceId","tier","fromAt","toAt","documents","planId","body")
  VALUES (?,?,?,?,?,?,?)`;

/** A block opened for reading. */
export interface Block extends Stretch {
  readonly id: number;
  readonly pack: Pack;
}

/** What of a row is read, as SQLite gives it: of a thousand of them, names would cost as much as the values. */
type StoredBlock = readonly [
  id: number,
  serviceId: string,
  fromAt: number,
  toAt: number,
  documents: number,
  planId: number,
  body: Uint8Array,
];

/** What `read` makes of the blocks of one service that touch [from, to], oldest first; damaged ones are left out. */
export function readBlocks<T extends object>(
  reading: History,
  serviceId: string,
  tier: Tier,
  { from, to }: { readonly from: number; readonly to: number },
  read: (block: Block) => T,
): T[] {
  const rows = reading.past
    .prepare<[string, number, number, number], StoredBlock>(
      `SELECT "id", "serviceId", "fromAt", "toAt", "documents", "planId", "body" FROM "HistoryBlock"
       WHERE "serviceId" = ? AND "tier" = ? AND "fromAt" <= ? AND "toAt" >= ? ORDER BY "fromAt", "id"`,
    )
    .raw()
    .all(serviceId, tiers[tier], to, from);
  return [...openBlocks(reading, rows, tier, read)];
}

/**
 * What `read` makes, of each of these services, of the last block of a tier that begins at or before `at`, if it is `wanted`;
 * `damaged` hears of those that are. They are opened as they are asked for, and once.
 */
export function readLastBlocks<T extends object>(
  reading: History,
  { ids, tier, at }: { readonly ids: readonly string[]; readonly tier: Tier; readonly at: number },
  read: (block: Block) => T,
  damaged: (stretch: Stretch) => void,
  wanted: (serviceId: string, toAt: number) => boolean = () => true,
): Iterable<T> {
  // A cross join is the one in which SQLite looks up a block for each service, whatever it believes of their numbers.
  const rows = reading.past
    .prepare<[string, number, number], StoredBlock>(
      `SELECT b."id", b."serviceId", b."fromAt", b."toAt", b."documents", b."planId", b."body"
       FROM json_each(?) v CROSS JOIN "HistoryBlock" b ON b."id" = (SELECT "id" FROM "HistoryBlock"
       WHERE "serviceId" = v."value" AND "tier" = ? AND "fromAt" <= ? ORDER BY "fromAt" DESC, "id" DESC LIMIT 1)`,
    )
    .raw()
    .all(JSON.stringify(ids), tiers[tier], at);
  return openBlocks(
    reading,
    rows.filter(([, serviceId, , toAt]) => wanted(serviceId, toAt)),
    tier,
    read,
    damaged,
  );
}

function* openBlocks<T extends object>(
  reading: History,
  rows: readonly StoredBlock[],
  tier: Tier,
  read: (block: Block) => T,
  damaged: (stretch: Stretch) => void = () => undefined,
): Generator<T> {
  let next = 0;
  for (const body of inflatePieces(rows.map((row) => row[6]))) {
    const [id, serviceId, fromAt, toAt, documents, planId] = rows[next++] as StoredBlock;
    const stretch = { serviceId, tier, fromAt, toAt };
    const made = reading.unreadable.attempt(stretch, () => {
      if (body === undefined) throw new RangeError("the bytes of a block are damaged");
      const pack = new Pack(reading.plans.of(reading.past, planId), body);
      if (pack.length !== documents) throw new RangeError("a block holds another number of documents than it should");
      return read({ id, ...stretch, pack });
    });
    if (made === undefined) damaged(stretch);
    else yield made;
  }
}

/** Enough of a block to delete it. */
export type BlockMark = Pick<Block, "id" | "serviceId" | "toAt">;

/** The oldest blocks of polls of all services. */
export function oldestPolls({ past }: Pick<History, "past">, limit: number): BlockMark[] {
  return past
    .prepare<[number], BlockMark>(
      `SELECT "id", "serviceId", "toAt" FROM "HistoryBlock" WHERE "tier" = 0 ORDER BY "fromAt" LIMIT ?`,
    )
    .all(limit);
}

/** Blocks of one service that end before `before`, oldest first. */
export function expiredBlocks(
  { past }: Pick<History, "past">,
  serviceId: string,
  tier: Tier,
  before: number,
  limit: number,
): BlockMark[] {
  return past
    .prepare<[string, number, number, number, number], BlockMark>(
      `SELECT "id", "serviceId", "toAt" FROM "HistoryBlock"
       WHERE "serviceId" = ? AND "tier" = ? AND "fromAt" < ? AND "toAt" < ? ORDER BY "fromAt" LIMIT ?`,
    )
    .all(serviceId, tiers[tier], before, before, limit);
}

/** Deletes blocks, and the plans that no block is left of. */
export async function deleteBlocks({ db, past }: Writing, blocks: readonly BlockMark[]): Promise<void> {
  if (blocks.length === 0) return;
  await db.historyBlock.deleteMany({ where: { id: { in: blocks.map((block) => block.id) } } });
  const plansOf = past.prepare<[string], { id: number }>(`SELECT "id" FROM "HistoryPlan" WHERE "serviceId" = ?`);
  for (const serviceId of new Set(blocks.map((block) => block.serviceId))) {
    const plans = plansOf.all(serviceId);
    // Two tiers have a plan each at least; looking is worth its time only when a service has more.
    if (plans.length <= Object.keys(tiers).length) continue;
    const used = await db.historyBlock.findMany({ where: { serviceId }, distinct: "planId", select: { planId: true } });
    const kept = new Set(used.map((block) => block.planId));
    const gone = plans.map((plan) => plan.id).filter((id) => !kept.has(id));
    if (gone.length > 0) await db.historyPlan.deleteMany({ where: { id: { in: gone } } });
  }
}
