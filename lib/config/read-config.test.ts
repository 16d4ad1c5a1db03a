import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "#e2e/lab/until.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import type { ConfigProblem } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { watchConfig } from "#lib/config/watch-config.ts";
import type { Result } from "#lib/core/result.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3uKRzzFH1e0jr4xcKOAm1wHLfCy2PwVLFUzgPcGE3n";
const place = { registry: {}, env: {} };
const textWith = (key: string) =>
  `hosts: { a: { address: 10.0.0.1, user: u, key: "${key}", hostKey: "${hostKey}" } }\nservices: []\n`;

function fileFor(t: TestContext, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-config-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "pitwall.yaml");
  writeFileSync(file, text);
  return file;
}

test("secrets are looked for beside the file, and their values are not kept", (t) => {
  const file = fileFor(t, textWith("file:id"));
  writeFileSync(path.join(path.dirname(file), "id"), "private-key-text", { mode: 0o600 });
  const read = readConfig(file, place);
  assert.ok(read.ok, JSON.stringify(read));
  assert.equal(read.value.file, file);
  assert.ok(!JSON.stringify(read.value).includes("private-key-text"));
});

test("a file that cannot be read is a problem of its first line", (t) => {
  const file = fileFor(t, "");
  const problemOf = (name: string) => {
    const read = readConfig(name, place);
    return read.ok ? undefined : read.error.map(({ line, message }) => [line, message]);
  };
  assert.deepEqual(problemOf(`${file}.lost`), [[1, "there is no such file"]]);
  assert.deepEqual(problemOf(path.dirname(file)), [[1, "it is not a file"]]);
});

test("a byte order mark is no part of the text", (t) => {
  assert.ok(readConfig(fileFor(t, "\uFEFFservices: []\n"), place).ok);
});

test("a change is handed over once: the good one applied, the bad one explained, the old one untouched", async (t) => {
  const file = fileFor(t, "services: []\n");
  const first = readConfig(file, place);
  assert.ok(first.ok);
  const told: Result<PitwallConfig, ConfigProblem[]>[] = [];
  const stop = new AbortController();
  const watching = watchConfig(file, {
    onChange: (result) => told.push(result),
    signal: stop.signal,
    digest: first.value.digest,
    everyMs: 10,
    read: (name) => readConfig(name, place),
  });
  writeFileSync(file, "services: [}\n");
  await until("the problems are told", () => told.length === 1);
  writeFileSync(file, "# better\nservices: []\n");
  await until("the new configuration is handed over", () => told.length === 2);
  rmSync(file);
  await until("its loss is told", () => told.length === 3);
  writeFileSync(file, "services: []\n");
  await until("the first one is back", () => told.length === 4);
  stop.abort();
  await watching;
  assert.deepEqual(
    told.map((result) => result.ok),
    [false, true, false, true],
  );
  assert.equal(told[3]?.ok && told[3].value.digest, first.value.digest);
});
