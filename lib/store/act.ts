import { err, ok, type Result } from "#lib/core/result.ts";
import { type AuditTold, type Deed, insertAudit } from "#lib/store/audit.ts";
import type { RefusalLog } from "#lib/store/refusal-log.ts";
import type { Write, Writing } from "#lib/store/writing.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** What of the deed became clear only while it was done. */
type Learned = AuditTold & { readonly command?: string; readonly target?: string };

/** How an act ended, when it was not refused. */
export type Acted<T> =
  | { readonly kind: "done"; readonly value: T; readonly learned: Learned }
  | { readonly kind: "unchanged"; readonly value: T }
  | { readonly kind: "recorded"; readonly value: T };

/** It was refused, and nothing was changed. */
export type Refused = { readonly ok: false; readonly error: Refusal };

/** It is done; the audit row tells what is learned here besides the deed. */
export function done<T>(value: T, learned: Learned = {}): Acted<T> {
  return { kind: "done", value, learned };
}

/** It was so already: nothing was written, and nothing is audited. */
export function unchanged<T>(value: T): Acted<T> {
  return { kind: "unchanged", value };
}

/** What was written is itself the record of who sent it, when and from where: no row of the audit log is due. */
export function recorded<T>(value: T): Acted<T> {
  return { kind: "recorded", value };
}

/** See `Store.act`. */
export async function act<T>(
  write: Write,
  refusals: RefusalLog,
  deed: Deed,
  work: (writing: Writing) => Promise<Acted<T> | Refused>,
): Promise<Result<T, Refusal>> {
  const outcome = await undoing(write, async (writing) => {
    const acted = await work(writing);
    if ("error" in acted) return acted;
    if (acted.kind === "done") await insertAudit(writing, { ...deed, ...acted.learned });
    return acted;
  });
  return "error" in outcome ? await refuse(refusals, deed, outcome.error) : ok(outcome.value);
}

/** See `Store.refuse`. */
export async function refuse(refusals: RefusalLog, deed: Deed, refusal: Refusal): Promise<Refused> {
  await refusals.note(deed, refusal);
  return err(refusal);
}

/** A transaction that a refusal rolls back: it may come after something was written. */
async function undoing<T>(
  write: Write,
  work: (writing: Writing) => Promise<Acted<T> | Refused>,
): Promise<Acted<T> | Refused> {
  let refused: Refused | undefined;
  try {
    return await write(async (writing) => {
      const outcome = await work(writing);
      if (!("error" in outcome)) return outcome;
      refused = outcome;
      throw new Undone();
    });
  } catch (error) {
    if (error instanceof Undone && refused !== undefined) return refused;
    throw error;
  }
}

class Undone extends Error {}
