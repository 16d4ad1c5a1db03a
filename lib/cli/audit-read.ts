import { z } from "zod";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { commandLine } from "#lib/cli/welcome.ts";
import { withStore } from "#lib/cli/with-store.ts";
import { exportAudit } from "#lib/commands/export-audit.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { auditExport } from "#lib/views/audit-export.ts";
import { auditView } from "#lib/views/audit-view.ts";
import { type AuditRowDto, auditAsked, auditExportRequest } from "#lib/wire/audit.ts";

/** The filter of the page, as words of the command line. */
export type AuditWords = Readonly<
  Partial<Record<"actor" | "command" | "target" | "outcome" | "run" | "from" | "to", string>>
>;

const limit = z.coerce.number().int().min(1).max(10_000);

/** `pitwall audit list`: newest first, a line a row. What somebody only looks at is no row of the log. */
export async function listAuditHere(
  surroundings: Surroundings,
  { limit: told = "50", ...words }: AuditWords & { readonly limit?: string },
): Promise<number> {
  const { say, complain } = surroundings;
  const parsed = auditAsked.safeParse(filterOf(words));
  const most = limit.safeParse(told);
  if (!parsed.success || !most.success) {
    if (!most.success) complain("--limit is a number from 1 to 10000");
    return parsed.success ? 2 : complainOf(surroundings, parsed.error);
  }
  return await withStore(surroundings, async (store) => {
    let left = most.data;
    let before: number | undefined;
    do {
      const page = auditView(store, commandLine, { ...parsed.data, before });
      if (!page.ok) {
        complain(page.error.detail);
        return 1;
      }
      for (const row of page.value.rows.slice(0, left)) say(lineOf(row));
      left -= page.value.rows.length;
      before = page.value.next ?? undefined;
    } while (left > 0 && before !== undefined);
    return 0;
  });
}

/** `pitwall audit export`: to stdout, for a file or a pipe; that it was taken is a row of the log, as on the page. */
export async function exportAuditHere(
  surroundings: Surroundings,
  { format = "jsonl", ...words }: AuditWords & { readonly format?: string },
): Promise<number> {
  const parsed = auditExportRequest.safeParse({ format, ...filterOf(words) });
  if (!parsed.success) return complainOf(surroundings, parsed.error);
  return await withStore(surroundings, async (store) => {
    const noted = await exportAudit(store, commandLine, parsed.data, Date.now());
    if (!noted.ok) {
      surroundings.complain(noted.error.detail);
      return 1;
    }
    let rest = "";
    for await (const piece of auditExport(store, parsed.data, noted.value.upTo)) {
      // A text of lines ends with a line feed, which `say` adds.
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) surroundings.say(line);
      if (surroundings.signal.aborted) return 1;
    }
    if (rest !== "") surroundings.say(rest);
    return 0;
  });
}

function filterOf({ run, ...words }: AuditWords): Record<string, string> {
  return { ...words, ...(run === undefined ? {} : { runId: run }) };
}

function complainOf({ complain }: Surroundings, { issues }: z.ZodError): number {
  for (const { path, message } of issues)
    complain(`--${path.join(".") === "runId" ? "run" : path.join(".")}: ${message}`);
  return 2;
}

/** What people wrote may be anything; on a terminal it must do nothing. */
function lineOf(row: AuditRowDto): string {
  const { id, at, actorName, actorFrom, command, target, refusal, times, reason } = row;
  const parts = [
    String(id),
    new Date(at).toISOString(),
    actorFrom === null ? actorName : `${actorName} (${actorFrom})`,
    command,
    target,
    ...(refusal === null ? [] : [`refused: ${refusal}`]),
    ...(times === 1 ? [] : [`${times} times`]),
    ...(reason === null ? [] : [`“${reason}”`]),
  ];
  return parts.map((part) => foreignLine(part, 200)).join("  ");
}
