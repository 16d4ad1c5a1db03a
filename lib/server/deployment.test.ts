import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

test("the systemd unit shuts in what Pitwall does not need, and systemd rates it low exposure", () => {
  const unit = read("lib/server/pitwall.service");
  const needed = [
    "User=pitwall",
    "LimitCORE=0",
    "NoNewPrivileges=true",
    "ProtectSystem=strict",
    "PrivateTmp=true",
    "PrivateDevices=true",
    "CapabilityBoundingSet=",
    "SystemCallFilter=@system-service",
    "RestrictNamespaces=true",
    "UMask=0077",
  ];
  for (const line of needed) assert.ok(unit.includes(`\n${line}\n`), line);
  const rated = spawnSync(
    "systemd-analyze",
    ["security", "--offline=true", path.join(root, "lib/server/pitwall.service")],
    {
      encoding: "utf8",
    },
  );
  if (rated.error !== undefined) assert.equal((rated.error as NodeJS.ErrnoException).code, "ENOENT");
  else {
    const figure = /Overall exposure level for pitwall\.service: (\d+\.\d+) OK/.exec(rated.stdout)?.[1];
    assert.ok(Number(figure) <= 1.5, rated.stdout.slice(-200));
    assert.ok(read("lib/server/README.md").includes(`rates it ${figure},`), `the page must say ${figure}`);
  }
});

test("the image runs as nobody who owns its program, checks its health, and takes no secret in", () => {
  const lines = read("Dockerfile").replaceAll("\\\n", " ").split("\n");
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  const of = (word: string) => last.filter((line) => line.startsWith(`${word} `));
  assert.deepEqual(of("USER"), ["USER 10001"]);
  assert.ok(
    last.indexOf("USER 10001") > last.findIndex((line) => line.startsWith("COPY ")),
    "the program is copied as root",
  );
  assert.ok(
    of("COPY").every((line) => !line.includes("--chown")),
    "and stays root's",
  );
  assert.equal(of("HEALTHCHECK").length, 1);
  assert.ok(lines.every((line) => !/^(ADD|ARG) |curl|wget|chmod 777|sudo/.test(line)));
  const ignored = read(".dockerignore").split("\n");
  for (const secret of [".git", ".pitwall", "*.db", "*.pem", "*.key", ".env*", "pitwall.yaml"])
    assert.ok(ignored.includes(secret), secret);
  for (const [, file = ""] of read("Dockerfile").matchAll(/node (lib\/\S+\.js)/g))
    assert.ok(existsSync(path.join(root, file)), file);
});

test("a copy made while the store is in use is whole, opens after a restore, and is never written over", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-backup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { migrateStore } = await import("#lib/store/migrate.ts");
  const { openStore } = await import("#lib/store/open-store.ts");
  const file = path.join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  const run = (...words: string[]) =>
    execFileSync(process.execPath, [path.join(root, "lib/cli/main.ts"), ...words], {
      encoding: "utf8",
      env: { ...process.env, PITWALL_DATA: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const copy = path.join(folder, "copy.db");
  try {
    assert.match(run("backup", copy), /copy\.db holds the store as of now/);
  } finally {
    await store.close();
  }
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.throws(() => run("backup", copy), /there already/);
  for (const part of ["pitwall.db", "pitwall.db-wal", "pitwall.db-shm"])
    rmSync(path.join(folder, part), { force: true });
  cpSync(copy, file);
  await migrateStore(file);
  const restored = await openStore({ file });
  await restored.close();
});

test("whoever guards Pitwall is told that it does not answer", () => {
  const asked = spawnSync(process.execPath, [path.join(root, "lib/cli/main.ts"), "health"], {
    encoding: "utf8",
    env: { ...process.env, PORT: "1", HOST: "127.0.0.1" },
  });
  assert.equal(asked.status, 1);
  assert.match(asked.stderr, /127\.0\.0\.1:1\/api\/v1\/health\/live does not answer/);
});
