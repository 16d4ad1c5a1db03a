import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "#e2e/lab/until.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { fakeVault } from "#e2e/servers/vault.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { secretReferences } from "#lib/config/secret-references.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets, type KnownSecrets } from "#lib/poller/known-secrets.ts";
import { createTransports } from "#lib/transports/transports.ts";

const reference = "vault:kv/data/pg#password";

/** A configuration whose one service takes its password from `password`, and whose Vault is at `address`. */
async function inUse(t: TestContext, address: string, password = reference) {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-known-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "pitwall.yaml");
  writeFileSync(path.join(folder, "pg"), "from-a-file", { mode: 0o600 });
  writeFileSync(
    file,
    `secrets: { vault: { address: "${address}", token: env:VAULT, refresh: 1s, timeout: 5s } }
services:
  - { id: pg, kind: postgres, nodes: [{ name: a, address: 10.0.0.1 }], user: u, database: d, password: "${password}" }
`,
  );
  const env = { VAULT: "hvs.token" };
  const config = readConfig(file, { registry, env });
  assert.ok(config.ok, JSON.stringify(config));
  const warnings: string[] = [];
  const secrets = createKnownSecrets(file, env, (message) => warnings.push(message));
  const transports = createTransports({ hosts: {}, reach: onLoopback, secret: secrets.resolve });
  t.after(() => transports.close());
  await secrets.use(secretReferences(config.value, registry), config.value.secrets, transports);
  return { folder, secrets, warnings };
}

function given(secrets: KnownSecrets, of = reference): string {
  const found = secrets.resolve(of);
  return found.ok ? found.value : `${found.error.kind}: ${found.error.what}`;
}

test("a secret of Vault is there for the first poll, and redacted from then on, its token too", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.token");
  vault.secrets.set("kv/data/pg", { data: { data: { password: "hunter2" }, metadata: {} } });
  const { secrets } = await inUse(t, vault.url);
  assert.equal(given(secrets), "hunter2");
  assert.equal(secrets.redact("login hunter2 by hvs.token failed"), "login [secret] by [secret] failed");
  assert.equal(secrets.trouble(), null);
});

test("a secret that was changed in Vault is in force without a restart", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.token");
  vault.secrets.set("kv/data/pg", { data: { data: { password: "hunter2" }, metadata: {} } });
  const { secrets } = await inUse(t, vault.url);
  vault.secrets.set("kv/data/pg", { data: { data: { password: "hunter3" }, metadata: {} } });
  const changed: string[] = [];
  await until("the change is seen", async () => {
    changed.push(...(await secrets.look()));
    return changed.length > 0;
  });
  assert.deepEqual(changed, [reference]);
  assert.equal(given(secrets), "hunter3");
  // What the log of a minute ago says must stay hidden as well.
  assert.equal(secrets.redact("hunter2 hunter3"), "[secret] [secret]");
});

test("while Vault is down the last known value is used, and that is said; what Vault took away is gone", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.token");
  vault.secrets.set("kv/data/pg", { data: { data: { password: "hunter2" }, metadata: {} } });
  const { secrets } = await inUse(t, vault.url);
  vault.status = 503;
  await until("the trouble is told", async () => {
    await secrets.look();
    return secrets.trouble() !== null;
  });
  assert.match(
    secrets.trouble() ?? "",
    /^secrets of vault: Vault is sealed .*; the last known value is used meanwhile$/,
  );
  assert.equal(given(secrets), "hunter2");
  vault.status = null;
  vault.secrets.clear();
  await until("the loss is seen", async () => {
    await secrets.look();
    return given(secrets).startsWith("secret-missing");
  });
});

test("a Vault that never answered leaves its secrets missing with the reason, and is asked again", async (t) => {
  const vault = await fakeVault(t);
  vault.status = 500;
  const { secrets } = await inUse(t, vault.url);
  assert.match(
    given(secrets),
    /^secret-missing: the secret vault:kv\/data\/pg#password is not known: Vault answered with 500$/,
  );
  vault.status = null;
  vault.tokens.add("hvs.token");
  vault.secrets.set("kv/data/pg", { data: { data: { password: "hunter2" }, metadata: {} } });
  const changed: string[] = [];
  await until("it is asked again", async () => {
    changed.push(...(await secrets.look()));
    return given(secrets) === "hunter2";
  });
  assert.deepEqual(changed, [reference]);
});

test("a changed file is told once", async (t) => {
  const { folder, secrets } = await inUse(t, "http://127.0.0.1:9", "file:pg");
  assert.equal(given(secrets, "file:pg"), "from-a-file");
  writeFileSync(path.join(folder, "pg"), "another", { mode: 0o600 });
  const changed: string[] = [];
  await until("the change is seen", async () => {
    changed.push(...(await secrets.look()));
    return changed.length > 0;
  });
  assert.deepEqual(changed, ["file:pg"]);
  assert.deepEqual(await secrets.look(), []);
});

test("a secret of under four characters is warned of", async (t) => {
  const { folder, secrets, warnings } = await inUse(t, "http://127.0.0.1:9", "file:pg");
  writeFileSync(path.join(folder, "pg"), "abc", { mode: 0o600 });
  given(secrets, "file:pg");
  assert.match(warnings.join("\n"), /^file:pg has under 4 characters/);
});
