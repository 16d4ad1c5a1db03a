import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { redacted, redactor } from "#lib/config/redactor.ts";
import { resolveSecret } from "#lib/config/secrets.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-secrets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a secret is read from the environment or a file beside pitwall.yaml, without its last newline", (t) => {
  const folder = folderFor(t);
  mkdirSync(path.join(folder, "ssh"));
  writeFileSync(path.join(folder, "ssh/key"), "line 1\nline 2\n", { mode: 0o600 });
  const place = { env: { PG: "hunter2\n" }, folder };
  assert.deepEqual(resolveSecret("env:PG", place), { ok: true, value: "hunter2" });
  assert.deepEqual(resolveSecret("file:ssh/key", place), { ok: true, value: "line 1\nline 2" });
  assert.deepEqual(resolveSecret(`file:${folder}/ssh/key`, { env: {}, folder: "/" }), {
    ok: true,
    value: "line 1\nline 2",
  });
});

test("a secret that is not there is a failure that says where it was looked for", (t) => {
  const folder = folderFor(t);
  writeFileSync(path.join(folder, "empty"), "\n", { mode: 0o600 });
  writeFileSync(path.join(folder, "large"), "x".repeat(70_000), { mode: 0o600 });
  const place = { env: { EMPTY: "" }, folder };
  const cases: readonly (readonly [string, RegExp])[] = [
    ["env:LOST", /^the environment variable LOST is not set$/],
    ["env:EMPTY", /^the environment variable EMPTY is empty$/],
    ["file:lost", /^there is no file .*\/lost$/],
    ["file:.", /is not a file$/],
    ["file:empty", /is empty$/],
    ["file:large", /over 64 kB/],
    ["file:empty/below", /^there is no file/],
    ["hunter2", /must be a reference/],
  ];
  for (const [reference, words] of cases) {
    const result = resolveSecret(reference, place);
    assert.ok(!result.ok, reference);
    assert.equal(result.error.kind, "secret-missing");
    assert.match(result.error.what, words);
    assert.ok(!result.error.what.includes("hunter2"));
  }
});

test("a secret file that everybody can read is warned of", (t) => {
  const folder = folderFor(t);
  const file = path.join(folder, "open");
  writeFileSync(file, "hunter2");
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  chmodSync(file, 0o600);
  resolveSecret("file:open", { env: {}, folder, warn });
  assert.deepEqual(warnings, []);
  chmodSync(file, 0o644);
  assert.ok(resolveSecret("file:open", { env: {}, folder, warn }).ok);
  assert.deepEqual(warnings, [`${file} can be read by everybody on this machine; chmod 600 ${file}`]);
});

test("a known secret disappears from any text, in every form it travels in", () => {
  const secret = 'p@ss "word"/+ü';
  const redact = redactor([secret]);
  const forms = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ password: secret }).toString().slice("password=".length),
    JSON.stringify(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
  ];
  for (const form of forms) assert.equal(redact(`before ${form} after`).includes(redacted), true, form);
  assert.equal(redact(`a ${secret} b ${secret} c`), `a ${redacted} b ${redacted} c`);
});

test("a secret inside a Basic header disappears wherever it lies in it", () => {
  for (const user of ["", "a", "ab", "abc", "pitwall"]) {
    const header = Buffer.from(`${user}:correct-horse-battery`).toString("base64");
    const told = redactor(["correct-horse-battery"])(`Authorization: Basic ${header}`);
    assert.ok(told.includes(redacted), told);
    assert.ok(
      !Buffer.from(told.split(" ").at(-1) ?? "", "base64")
        .toString("latin1")
        .includes("horse"),
    );
  }
});

test("each line of a key file disappears by itself, and the longest secret goes first", () => {
  const key = `-----BEGIN KEY-----\n${"QUJD".repeat(12)}\nZm9vYmFyYmF6cXV4\n-----END KEY-----`;
  const redact = redactor([key, "Zm9v"]);
  assert.equal(redact("said: Zm9vYmFyYmF6cXV4!"), `said: ${redacted}!`);
  assert.equal(redact("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
});

test("a very short secret goes only where it stands alone", () => {
  assert.equal(redactor(["ab"])("table ab cabin"), `table ${redacted} cabin`);
});

test("without secrets a text stays as it is", () => {
  assert.equal(redactor([])("a (b) [c]"), "a (b) [c]");
  assert.equal(redactor([""])("abc"), "abc");
});

test("no secret of four characters or more survives, whatever it is made of", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 4, maxLength: 40 }),
      fc.string(),
      fc.string(),
      (secret, before, after) => {
        fc.pre(!redacted.includes(secret) && secret.length >= 4);
        const told = redactor([secret])(`${before}${secret}${after}`);
        return !told.replaceAll(redacted, "\0").includes(secret);
      },
    ),
  );
});
