import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type Database from "better-sqlite3";
import type { Prepare } from "#lib/store/connection.ts";
import { mostBytes } from "#lib/store/packing/pieces.ts";

/**
 * Plans of packed history (`packing/plan.ts`): each is stored once for all blocks of a service that have it. They never
 * change, so what was read is kept, and what was found sound is not looked at again.
 */
export class Plans {
  /** As they were read, by their number. */
  readonly #parsed = new Map<number, unknown>();
  readonly #sound = new Set<number>();

  /** `JSON.parse` of a plan. Throws a `RangeError` when it is not what was stored. */
  of(past: Database.Database, id: number): unknown {
    const known = this.#parsed.get(id);
    if (known !== undefined) return known;
    const stored = past
      .prepare<[number], StoredPlan>(`SELECT "hash", "text" FROM "HistoryPlan" WHERE "id" = ?`)
      .get(id);
    if (stored === undefined) throw new RangeError(`blocks have lost their plan ${id}`);
    const text = textIn(stored);
    if (text === undefined) throw new RangeError(`plan ${id} is damaged`);
    const plan = JSON.parse(text) as unknown;
    if (this.#parsed.size >= maxInMemory) this.#parsed.clear();
    this.#parsed.set(id, plan);
    return plan;
  }

  /** The number of a plan, stored if it is new. Where the stored one is damaged it is written anew: that heals its blocks. */
  idFor(prepare: Prepare, serviceId: string, plan: string): number {
    const hash = hashOf(plan);
    const find = prepare(`SELECT "id" FROM "HistoryPlan" WHERE "serviceId" = ? AND "hash" = ?`);
    const known = find.get(serviceId, hash) as { readonly id: number } | undefined;
    if (known === undefined) {
      const made = prepare(`INSERT INTO "HistoryPlan" ("serviceId","hash","text") VALUES (?,?,?)`);
      return Number(made.run(serviceId, hash, packed(plan)).lastInsertRowid);
    }
    if (this.#sound.has(known.id)) return known.id;
    const { text } = prepare(`SELECT "text" FROM "HistoryPlan" WHERE "id" = ?`).get(known.id) as StoredPlan;
    if (textIn({ hash, text }) === undefined) {
      // Not yet sound: what this transaction writes may be undone.
      prepare(`UPDATE "HistoryPlan" SET "text" = ? WHERE "id" = ?`).run(packed(plan), known.id);
      return known.id;
    }
    if (this.#sound.size >= maxInMemory) this.#sound.clear();
    this.#sound.add(known.id);
    return known.id;
  }
}

interface StoredPlan {
  readonly hash: string;
  readonly text: Uint8Array;
}

/** A few kilobytes each; more than a board has services, so that dragging through time parses each once. */
const maxInMemory = 4_000;

function hashOf(plan: string): string {
  return createHash("sha256").update(plan).digest("base64url").slice(0, 22);
}

function packed(plan: string): Uint8Array {
  return deflateRawSync(plan, { level: 9 });
}

/** `undefined` when it is damaged. */
function textIn({ hash, text }: StoredPlan): string | undefined {
  try {
    const plan = inflateRawSync(text, { maxOutputLength: mostBytes }).toString("utf8");
    return hashOf(plan) === hash ? plan : undefined;
  } catch {
    return undefined;
  }
}
