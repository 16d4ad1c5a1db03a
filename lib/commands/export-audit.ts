import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import type { AuditExport } from "#lib/wire/audit.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Notes that the audit log is taken away, and by which filter. What is exported ends with the row before this one. */
export async function exportAudit(
  store: ActingStore,
  actor: Actor,
  { format, ...filter }: AuditExport,
  now: number,
): Promise<Result<{ readonly upTo: number }, Refusal>> {
  const deed = { actor, command: "export-audit", target: "audit log", at: now };
  return await store.act(deed, async (writing) => {
    const refused = commandRefusal(actor, "export-audit", "all");
    if (refused !== null) return err(refused);
    const upTo = writing.prepare(`SELECT "headSeq" FROM "AuditChain"`).get() as { readonly headSeq: number | bigint };
    return done({ upTo: Number(upTo.headSeq) }, { after: { format, filter, upTo: Number(upTo.headSeq) } });
  });
}
