import type { Actor } from "#lib/access/actor.ts";
import { neededWords } from "#lib/access/allowed.ts";
import { may } from "#lib/access/roles.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ChainedRow } from "#lib/store/audit-chain.ts";
import { auditCommands, auditHead, auditRowsBefore } from "#lib/store/audit-rows.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { AuditAsked, AuditPageDto, AuditRowDto } from "#lib/wire/audit.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export const auditPageRows = 50;
const rowsChecked = 1_000;

/** A page of the audit log, newest first; for whoever administers everything. */
export function auditView(
  store: Pick<Store, "history">,
  actor: Actor,
  { before = Number.MAX_SAFE_INTEGER, ...filter }: AuditAsked,
): Result<AuditPageDto, Refusal> {
  if (!may(actor, "administer", null)) {
    return err({ code: "forbidden", detail: `This needs ${neededWords(["administer"], "all")}.` });
  }
  const rows = auditRowsBefore(store.history, filter, before, auditPageRows + 1);
  const shown = rows.slice(0, auditPageRows).map(auditRowOf);
  const next = rows.length > auditPageRows ? (shown.at(-1)?.id ?? null) : null;
  return ok({ rows: shown, next, head: auditHead(store.history, rowsChecked) });
}

/** What can be picked as a command of the filter. */
export function auditCommandsView(store: Pick<Store, "history">): string[] {
  return auditCommands(store.history);
}

/** A row for pages and exports. */
export function auditRowOf({ before, after, form: _form, actorId: _actorId, ...row }: ChainedRow): AuditRowDto {
  return { ...row, ...sideOf("before", before), ...sideOf("after", after) };
}

function sideOf(
  side: "before" | "after",
  json: string | null,
): { readonly before?: unknown; readonly after?: unknown } {
  if (json === null) return {};
  try {
    return { [side]: JSON.parse(json) as unknown };
  } catch {
    // Other hands were at it; `audit verify` names the row.
    return { [side]: json };
  }
}
