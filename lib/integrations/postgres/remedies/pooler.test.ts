import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking } from "#lib/integrations/postgres/remedies/ask.ts";
import { writeLead } from "#lib/integrations/postgres/remedies/pooler.ts";
import { createTransports } from "#lib/transports/transports.ts";

describe("the file that lists a PgBouncer's databases", () => {
  const folder = mkdtempSync(join(tmpdir(), "pitwall-pooler-"));
  const file = join(folder, "databases.ini");
  const reach = { allow: ["127.0.0.0/8"], deny: [] };
  const secret = () => ({ ok: true, value: "" }) as const;
  const transports = createTransports({ hosts: {}, reach, secret });
  after(() => {
    transports.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const lead = async (databases: readonly string[], text: string, how: "try" | "write" = "write") => {
    writeFileSync(file, text, { mode: 0o640 });
    const config = postgresConfig.parse({
      nodes: [{ name: "pg-b", address: "10.0.0.32", port: 5433 }],
      user: "pitwall",
      poolers: [
        { name: "pgb", address: "10.0.0.11", admin: { user: "a" }, databases, machine: { host: "local", file } },
      ],
    });
    const [pooler, node] = [config.poolers[0], config.nodes[0]];
    assert.ok(pooler && node);
    const context: Asking = { config, transports, secret, signal: new AbortController().signal };
    const answer = await writeLead(context, pooler, node, how);
    assert.deepEqual(readdirSync(folder), ["databases.ini"], "nothing else is left there");
    return { answer, text: readFileSync(file, "utf8") };
  };

  test("leads the named databases to the node and keeps every other word", async () => {
    const { answer, text } = await lead(
      ["app", "reports"],
      `; the shop
app = host=10.0.0.31 port=5432 dbname=shop password='it''s = secret host=x' pool_size=20
"reports"=dbname=shop   connect_query='select 1'
appendix = host=10.0.0.31 port=5432
;app = host=10.0.0.31
* = host=10.0.0.99
`,
    );
    assert.equal(answer.ok, true);
    assert.equal(
      text,
      `; the shop
app = host=10.0.0.32 port=5433 dbname=shop password='it''s = secret host=x' pool_size=20
"reports"= dbname=shop connect_query='select 1' host=10.0.0.32 port=5433
appendix = host=10.0.0.31 port=5432
;app = host=10.0.0.31
* = host=10.0.0.99
`,
    );
    assert.equal(statSync(file).mode & 0o777, 0o640);
  });

  test("is left alone outside of its section of databases", async () => {
    const whole =
      "[pgbouncer]\nuser = postgres\n[databases]\nuser = host=10.0.0.31\n[users]\nuser = pool_mode=session\n";
    const { text } = await lead(["user"], whole);
    assert.equal(text, whole.replace("user = host=10.0.0.31", "user = host=10.0.0.32 port=5433"));
  });

  test("is not touched when one of them is not listed, or when it is only tried", async () => {
    const before = "app = host=10.0.0.31 port=5432\n";
    const missing = await lead(["app", "reports"], before);
    assert.equal(missing.answer.ok ? "" : missing.answer.error.said, "reports is not listed in it");
    assert.equal(missing.text, before);
    const tried = await lead(["app"], before, "try");
    assert.deepEqual([tried.answer.ok, tried.text], [true, before]);
  });
});
