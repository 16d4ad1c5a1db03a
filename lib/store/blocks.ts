import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { History, Writing } from "#lib/store/open-store.ts";
import { type OpenPack, openPack, packDocuments } from "#lib/store/packing/documents.ts";

/** How fine the documents of a block are. */
export const tiers = { polls: 0, minutes: 1, hours: 2 } as const;
export type Tier = keyof typeof tiers;

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
  const packed = deflateRawSync(body, { level: 9 });
  return { serviceId, tier, fromAt: first.at, toAt: last.at, documents: documents.length, plan, body: packed };
}

export async function insertBlocks(writing: Writing, blocks: readonly NewBlock[]): Promise<void> {
  const insert = writing.prepare(insertSql);
  for (const { serviceId, plan, tier, fromAt, toAt, documents, body } of blocks) {
    const planId = planIdOf(writing, serviceId, plan);
    insert.run(serviceId, tiers[tier], fromAt, toAt, documents, planId, body);
  }
}

const insertSql = `INSERT INTO "HistoryBlock" ("serviceId","tier","fromAt","toAt","documents","planId","body")
  VALUES (?,?,?,?,?,?,?)`;

function planIdOf({ prepare }: Writing, serviceId: string, plan: string): number {
  const hash = createHash("sha256").update(plan).digest("base64url").slice(0, 22);
  const known = prepare(`SELECT "id" FROM "HistoryPlan" WHERE "serviceId" = ? AND "hash" = ?`).get(serviceId, hash);
  if (known !== undefined) return (known as { readonly id: number }).id;
  const text = deflateRawSync(plan, { level: 9 });
  const made = prepare(`INSERT INTO "HistoryPlan" ("serviceId","hash","text") VALUES (?,?,?)`);
  return Number(made.run(serviceId, hash, text).lastInsertRowid);
}

/** A block opened for reading. */
export interface Block {
  readonly id: number;
  readonly serviceId: string;
  readonly fromAt: number;
  readonly toAt: number;
  readonly pack: OpenPack;
}

/** A row as SQLite gives it. */
interface StoredBlock {
  readonly id: number;
  readonly serviceId: string;
  readonly fromAt: number;
  readonly toAt: number;
  readonly planId: number;
  readonly body: Uint8Array;
}

/** Blocks of one service that touch [from, to], oldest first. */
export function listBlocks(
  reading: History,
  serviceId: string,
  tier: Tier,
  { from, to }: { readonly from: number; readonly to: number },
): Block[] {
  const rows = reading.past
    .prepare<[string, number, number, number], StoredBlock>(
      `SELECT * FROM "HistoryBlock" WHERE "serviceId" = ? AND "tier" = ? AND "fromAt" <= ? AND "toAt" >= ?
       ORDER BY "fromAt", "id"`,
    )
    .all(serviceId, tiers[tier], to, from);
  return rows.map((row) => openBlock(reading, row));
}

/**
 * Of each service, without those of `told`, the last block of a tier that begins at or before `at`; each is opened when its
 * turn comes, and once.
 */
export function lastBlocks(
  reading: History,
  tier: Tier,
  at: number,
  told: ReadonlySet<string> = new Set(),
): Iterable<Block> {
  const rows = reading.past
    .prepare<[number, number], StoredBlock>(
      `SELECT b.* FROM "Service" v JOIN "HistoryBlock" b ON b."id" = (SELECT "id" FROM "HistoryBlock"
       WHERE "serviceId" = v."id" AND "tier" = ? AND "fromAt" <= ? ORDER BY "fromAt" DESC, "id" DESC LIMIT 1)`,
    )
    .all(tiers[tier], at);
  return openEach(
    reading,
    rows.filter(({ serviceId }) => !told.has(serviceId)),
  );
}

function* openEach(reading: History, rows: readonly StoredBlock[]): Generator<Block> {
  for (const row of rows) yield openBlock(reading, row);
}

function openBlock({ past, plans }: History, row: StoredBlock): Block {
  let plan = plans.get(row.planId);
  if (plan === undefined) {
    const stored = past
      .prepare<[number], { text: Uint8Array }>(`SELECT "text" FROM "HistoryPlan" WHERE "id" = ?`)
      .get(row.planId);
    if (stored === undefined) throw new RangeError(`block ${row.id} has lost its plan`);
    plan = JSON.parse(inflateRawSync(stored.text, { maxOutputLength: mostBytes }).toString("utf8")) as unknown;
    if (plans.size >= maxPlansInMemory) plans.clear();
    plans.set(row.planId, plan);
  }
  const { id, serviceId, fromAt, toAt } = row;
  return { id, serviceId, fromAt, toAt, pack: openPack(plan, inflateRawSync(row.body, inflating)) };
}

/** No block or plan comes near; a damaged or forged one ends here. */
const mostBytes = 64 * 1_048_576;
/** A block is some kilobytes: the usual buffer of 16 KiB for each of a thousand would keep the collector busy. */
const inflating = { chunkSize: 4_096, maxOutputLength: mostBytes };
/** A few kilobytes each; more than a board has services, so that dragging through time parses each once. */
const maxPlansInMemory = 4_000;

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
