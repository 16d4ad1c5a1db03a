import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { fakeVault } from "#e2e/servers/vault.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { Provider } from "#lib/secrets/provider.ts";
import { providerKinds } from "#lib/secrets/registry.ts";
import { createTransports } from "#lib/transports/transports.ts";

const signal = () => AbortSignal.timeout(20_000);

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-providers-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A provider over the real transports. `references` are what `env:` and `file:` lead to; the clock is moved by hand. */
function opened(
  t: TestContext,
  kind: string,
  written: object,
  {
    env = {},
    folder = "/",
    references = {},
  }: { env?: Record<string, string>; folder?: string; references?: Record<string, string> } = {},
) {
  const transports = createTransports({
    hosts: {},
    reach: onLoopback,
    secret: () => err(failure("secret-missing", "none here")),
    environment: { PATH: process.env.PATH, PITWALL_PG_PASSWORD: "another-secret" },
  });
  t.after(() => transports.close());
  const hidden: string[] = [];
  const clock = { now: 0 };
  const entry = providerKinds[kind];
  assert.ok(entry);
  const provider: Provider = entry.open(entry.config.parse(written), {
    http: transports.http,
    ssh: transports.ssh,
    env,
    folder,
    secret: (reference) => {
      const value = references[reference];
      return value === undefined ? err(failure("secret-missing", `${reference} is not set`)) : ok(value);
    },
    hide: (value) => hidden.push(value),
    tick: () => clock.now,
  });
  const read = async (locator: string) => {
    const found = await provider.read(locator, signal());
    return found.ok ? found.value.value : found.error;
  };
  return { read, provider, hidden, clock };
}

async function refusal(read: Promise<unknown>): Promise<{ kind: string; what: string }> {
  const found = await read;
  assert.ok(typeof found === "object" && found !== null, `expected a failure, got ${String(found)}`);
  return found as { kind: string; what: string };
}

test("variables that begin alike are read without their beginning", async (t) => {
  const { read } = opened(
    t,
    "environment",
    { prefix: "SHOP_" },
    { env: { SHOP_PG: "hunter2\n", PG: "other", SHOP_NO: "" } },
  );
  assert.equal(await read("PG"), "hunter2");
  assert.match((await refusal(read("LOST"))).what, /SHOP_LOST is not set/);
  assert.match((await refusal(read("NO"))).what, /SHOP_NO is empty/);
});

test("a secret file that everybody may read is refused, and the remedy is said", async (t) => {
  const folder = folderFor(t);
  const file = path.join(folder, "secrets/pg");
  mkdirSync(path.dirname(file));
  writeFileSync(file, "hunter2\n", { mode: 0o640 });
  const { read } = opened(t, "files", { folder: "secrets" }, { folder });
  assert.equal(await read("pg"), "hunter2");
  chmodSync(file, 0o644);
  const { kind, what } = await refusal(read("pg"));
  assert.equal(kind, "secret-missing");
  assert.match(what, /open to everybody .* chmod 600/);
  assert.match((await refusal(read("lost"))).what, /there is no file/);
  assert.match((await refusal(read("."))).what, /is not a file/);
});

test("no locator leads out of its folder", () => {
  const { files } = providerKinds;
  for (const locator of ["../etc/shadow", "/etc/shadow", "a/../../b", ".", "..", "a//b", "a\0b", ""]) {
    assert.notEqual(files?.complaint({}, locator), null, locator);
  }
  for (const locator of ["pg", "pg/password", "..data-1", "a.b"])
    assert.equal(files?.complaint({}, locator), null, locator);
});

test("a command is run without a shell, sees none of Pitwall's secrets, and what it prints is the secret", async (t) => {
  const folder = folderFor(t);
  const script = path.join(folder, "give");
  writeFileSync(script, '#!/bin/sh\nprintf \'%s|%s|%s\\n\' "$1" "$PITWALL_PG_PASSWORD" "$GIVEN"\n', { mode: 0o700 });
  const commands = { pg: [script, "$(id); `id` | 'x"] };
  const { read } = opened(
    t,
    "command",
    { commands, env: ["GIVEN", "LOST"] },
    { env: { GIVEN: "passed", OTHER: "kept" } },
  );
  assert.equal(await read("pg"), "$(id); `id` | 'x||passed");
});

test("a command that fails, hangs, floods or is not there never has its words repeated", async (t) => {
  const commands = {
    fails: ["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"],
    hangs: ["sh", "-c", "echo hunter2; exec sleep 60"],
    floods: ["sh", "-c", "yes hunter2 | head -c 200000"],
    silent: ["true"],
    lost: ["pitwall-no-such-program"],
  };
  const { read } = opened(t, "command", { commands, timeout: "5s" });
  const told = Object.fromEntries(
    await Promise.all(Object.keys(commands).map(async (name) => [name, await refusal(read(name))])),
  );
  assert.ok(!JSON.stringify(told).includes("hunter2"), JSON.stringify(told));
  assert.match(told.fails.what, /ended with 3$/);
  assert.equal(told.hangs.kind, "timeout");
  assert.equal(told.floods.kind, "too-large");
  assert.match(told.silent.what, /printed nothing/);
  assert.equal(told.lost.kind, "command-not-found");
});

test("Vault is asked by the right path, with its token and namespace, in version 1 and 2", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.given");
  vault.secrets.set("kv/data/pg", {
    data: { data: { password: "hunter2", port: 5432 }, metadata: { version: 3 } },
    lease_duration: 0,
  });
  vault.secrets.set("secret/pg", { data: { password: "hunter1" }, lease_duration: 120 });
  const { read, provider, hidden } = opened(
    t,
    "vault",
    { address: `${vault.url}/`, token: "env:TOKEN", namespace: "team-a/web" },
    { references: { "env:TOKEN": "hvs.given" } },
  );
  assert.equal(await read("kv/data/pg#password"), "hunter2");
  assert.equal(await read("kv/data/pg#port"), "5432");
  const old = await provider.read("secret/pg#password", signal());
  assert.deepEqual(old, { ok: true, value: { value: "hunter1", goodForMs: 120_000 } });
  assert.ok(hidden.includes("hvs.given"));
  assert.ok(
    vault.calls.every(
      ({ token, namespace, request }) => token === "hvs.given" && namespace === "team-a/web" && request === "true",
    ),
  );
  // Both fields of one secret come from one answer.
  assert.deepEqual(
    vault.calls.map(({ method, path }) => `${method} ${path}`),
    ["GET auth/token/lookup-self", "GET kv/data/pg", "GET secret/pg"],
  );
  assert.match((await refusal(read("kv/data/pg#lost"))).what, /has no field lost/);
  assert.match((await refusal(read("kv/pg#password"))).what, /no secret at kv\/pg .*data\//);
});

test("a role logs in once for all its secrets, and again when its token is revoked", async (t) => {
  const vault = await fakeVault(t);
  vault.roles.set("role-1", "role-secret");
  vault.secrets.set("kv/data/a", { data: { data: { x: "1234" }, metadata: {} } });
  vault.secrets.set("kv/data/b", { data: { data: { x: "5678" }, metadata: {} } });
  const { read, clock, hidden } = opened(
    t,
    "vault",
    { address: vault.url, appRole: { roleId: "env:ROLE", secretId: "file:id" } },
    { references: { "env:ROLE": "role-1", "file:id": "role-secret" } },
  );
  assert.deepEqual(await Promise.all([read("kv/data/a#x"), read("kv/data/b#x")]), ["1234", "5678"]);
  const logins = () => vault.calls.filter(({ path }) => path === "auth/approle/login");
  assert.deepEqual(
    logins().map(({ body, token }) => [body, token]),
    [[{ role_id: "role-1", secret_id: "role-secret" }, undefined]],
  );
  assert.deepEqual(hidden, ["hvs.first"]);
  vault.tokens.clear();
  vault.nextToken = "hvs.second";
  clock.now += 5_000;
  assert.equal(await read("kv/data/a#x"), "1234");
  assert.equal(logins().length, 2);
  assert.ok(hidden.includes("hvs.second"));
});

test("a token is renewed before it ends", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.given");
  vault.tokenTtlS = 300;
  vault.secrets.set("kv/data/a", { data: { data: { x: "1234" }, metadata: {} } });
  const given = { address: vault.url, token: "env:TOKEN" };
  const { read, clock } = opened(t, "vault", given, { references: { "env:TOKEN": "hvs.given" } });
  await read("kv/data/a#x");
  clock.now += 190_000;
  await read("kv/data/a#x");
  assert.equal(vault.calls.filter(({ path }) => path === "auth/token/renew-self").length, 0);
  clock.now += 20_000;
  await read("kv/data/a#x");
  assert.equal(vault.calls.filter(({ path }) => path === "auth/token/renew-self").length, 1);
});

test("a Vault that refuses, is sealed, on standby or gone is told apart, and quoted nowhere", async (t) => {
  const vault = await fakeVault(t);
  vault.tokens.add("hvs.canary");
  const given = { address: vault.url, token: "env:TOKEN", timeout: "2s" };
  const { read, clock } = opened(t, "vault", given, { references: { "env:TOKEN": "hvs.canary" } });
  const cases = [
    [403, "unauthorized"],
    [404, "secret-missing"],
    [473, "unreachable"],
    [307, "unreachable"],
    [503, "starting-up"],
    [500, "malformed"],
  ] as const;
  for (const [status, kind] of cases) {
    vault.status = status;
    clock.now += 5_000;
    const told = await refusal(read("kv/data/a#x"));
    assert.equal(told.kind, kind, `${status}`);
    assert.ok(!told.what.includes("hvs.canary"), told.what);
  }
  const gone = opened(
    t,
    "vault",
    { ...given, address: "http://127.0.0.1:9" },
    { references: { "env:TOKEN": "hvs.canary" } },
  );
  assert.equal((await refusal(gone.read("kv/data/a#x"))).kind, "refused");
});

test("a token is never sent in clear text over a network, nor to a path of somebody else's making", () => {
  const { vault } = providerKinds;
  const address = (text: string) => vault?.config.safeParse({ address: text, token: "env:T" }).success;
  for (const text of [
    "http://vault.example.com",
    "http://127.0.0.1.example.com",
    "https://user:pw@vault",
    "ftp://x",
    "vault",
  ]) {
    assert.equal(address(text), false, text);
  }
  for (const text of ["https://vault.example.com:8200", "http://127.0.0.1:8100", "http://localhost:8100"]) {
    assert.equal(address(text), true, text);
  }
  assert.equal(vault?.config.safeParse({ address: "https://v" }).success, false);
  for (const locator of [
    "kv",
    "kv#x",
    "kv/../sys/seal#x",
    "kv/data/a",
    "kv/data/a#",
    "kv/data/a?list=true#x",
    "/kv/a#x",
    "kv/a#b#c",
  ]) {
    assert.notEqual(vault?.complaint({}, locator), null, locator);
  }
});
