import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";

const program = fileURLToPath(new URL("./fault-injection/audit-writer.ts", import.meta.url));
const kills = 3;
const rowsBetween = 15;

interface Writer {
  readonly name: string;
  readonly child: ChildProcess;
  /** The last row it said was committed. */
  readonly told: () => number;
  /** Resolves when it has told so many. */
  readonly has: (count: number) => Promise<void>;
}

function startWriter(t: TestContext, file: string, name: string): Writer {
  const child = spawn(process.execPath, [program, file, name], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let [last, rest] = [0, ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    last = Number(lines.at(-1) ?? last);
  });
  const told = () => last;
  const has = async (count: number) => {
    while (last < count && child.exitCode === null && child.stdout !== null) await once(child.stdout, "data");
  };
  return { name, child, told, has };
}

it("two processes that write to the audit log at once, one killed again and again, leave no hole and no fork", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-audit-race-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "pitwall.db");
  await migrateStore(file);
  const steady = startWriter(t, file, "steady");
  const killed: Writer[] = [];
  for (let life = 1; life <= kills; life += 1) {
    const writer = startWriter(t, file, `killed-${life}`);
    await Promise.all([writer.has(rowsBetween + life), steady.has(steady.told() + rowsBetween)]);
    const gone = once(writer.child, "exit");
    writer.child.kill("SIGKILL");
    await gone;
    killed.push(writer);
    assert.equal(verifyAudit(file, [], null).broken, null, `after the death of ${writer.name}`);
  }
  const gone = once(steady.child, "exit");
  steady.child.kill("SIGKILL");
  await gone;
  const report = verifyAudit(file, [], null);
  assert.equal(report.broken, null);
  const db = new Database(file, { readonly: true });
  const rowsOf = db.prepare(`SELECT "target" FROM "Audit" WHERE "actorName" = ? ORDER BY "id"`).pluck();
  let all = 0;
  for (const { name, told } of [steady, ...killed]) {
    const rows = (rowsOf.all(name) as string[]).map(Number);
    assert.deepEqual(
      rows,
      rows.map((_, i) => i + 1),
      `each row of ${name} stands there once, in its order`,
    );
    assert.ok(rows.length >= told(), `what ${name} was told is committed is there: ${rows.length} of ${told()}`);
    all += rows.length;
  }
  db.close();
  assert.equal(all, report.rows);
});
