import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { parse } from "csv-parse/sync";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { exportAudit } from "#lib/commands/export-audit.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { auditExport } from "#lib/views/audit-export.ts";
import { auditCommandsView, auditPageRows, auditView } from "#lib/views/audit-view.ts";
import { type AuditRowDto, auditAsked, auditPageDto } from "#lib/wire/audit.ts";

const at = Date.UTC(2026, 10, 20, 12);
const kim = person("kim");
const rows = 260;

async function opened(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  await store.write(async (writing) => {
    for (let i = 1; i <= rows; i += 1) {
      const actor = i % 2 === 0 ? kim : ({ kind: "person", name: "=HYPERLINK(1)", from: null, id: "x" } as const);
      const entry = { at: at + i, actor, command: "cancel-run", target: `t, "${i}"\n`, after: { i } };
      await insertAudit(writing, { ...entry, ...(i % 10 === 0 ? { serviceId: "db", runId: "r1" } : {}) });
    }
  });
  return store;
}

function pages(store: Store, asked: Record<string, string>): AuditRowDto[] {
  const found: AuditRowDto[] = [];
  for (let before: number | null = 999_999_999_999; before !== null; ) {
    const page = auditView(store, kim, auditAsked.parse({ ...asked, before: String(before) }));
    assert.ok(page.ok);
    assert.deepEqual(auditPageDto.parse(page.value), page.value);
    assert.ok(page.value.rows.length <= auditPageRows);
    found.push(...page.value.rows);
    before = page.value.next;
  }
  return found;
}

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = "";
  for await (const piece of pieces) all += piece;
  return all;
}

describe("the audit log, for those who administer", () => {
  it("shows every row once over its pages, newest first", async (t) => {
    const ids = pages(await opened(t), {}).map(({ id }) => id);
    assert.deepEqual(
      ids,
      Array.from({ length: rows }, (_, i) => rows - i),
    );
  });

  it("is filtered by each part, and by all together", async (t) => {
    const store = await opened(t);
    assert.equal(pages(store, { actor: "kim" }).length, rows / 2);
    assert.equal(pages(store, { target: "db" }).length, rows / 10);
    assert.equal(pages(store, { runId: "r1", actor: "", outcome: "done" }).length, rows / 10);
    assert.equal(pages(store, { outcome: "refused" }).length, 0);
    assert.equal(
      pages(store, { from: new Date(at + 11).toISOString(), to: new Date(at + 20).toISOString() }).length,
      10,
    );
    assert.equal(pages(store, { command: "other" }).length, 0);
  });

  it("says that its newest rows fit, and is closed to everybody else", async (t) => {
    const store = await opened(t);
    const page = auditView(store, kim, {});
    assert.ok(page.ok);
    assert.deepEqual([page.value.head.seq, page.value.head.fitsFrom], [rows, 1]);
    for (const grants of [[], [{ role: "operator", group: null }], [{ role: "admin", group: "Data" }]] as const) {
      assert.equal(auditView(store, { ...kim, grants }, {}).ok, false);
      assert.equal((await exportAudit(store, { ...kim, grants }, { format: "csv" }, at)).ok, false);
    }
  });

  it("leaves as CSV in which no cell is a formula, and as JSON, and says that it left", async (t) => {
    const store = await opened(t);
    const noted = await exportAudit(store, kim, { format: "csv" }, at);
    assert.ok(noted.ok);
    const csv = await text(auditExport(store, { format: "csv" }, noted.value.upTo));
    const records = parse(csv, { columns: true }) as Record<string, string>[];
    assert.equal(records.length, rows);
    assert.ok(records.every((record) => Object.values(record).every((cell) => !/^\s*[=+\-@]/.test(cell))));
    assert.equal(records[1]?.actorName, "'=HYPERLINK(1)");
    assert.equal(records[1]?.target, `t, "${rows - 1}"\n`);
    const json = JSON.parse(await text(auditExport(store, { format: "json", runId: "r1" }, noted.value.upTo)));
    assert.equal((json as unknown[]).length, rows / 10);
    const lines = (await text(auditExport(store, { format: "jsonl", actor: "kim" }, noted.value.upTo))).split("\n");
    assert.deepEqual([lines.length, JSON.parse(lines[0] ?? "").id, lines.at(-1)], [rows / 2 + 1, rows, ""]);
    assert.equal(pages(store, {})[0]?.command, "export-audit");
    assert.deepEqual(auditCommandsView(store), ["cancel-run", "export-audit"]);
  });
});
