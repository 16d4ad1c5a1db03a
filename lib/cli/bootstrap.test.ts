import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { after, type TestContext, test } from "node:test";
import { until } from "#e2e/lab/until.ts";
import { root } from "#lib/cli/root.ts";

/** Stands where the command line would: says what it was started with, and ends as it is told. */
const echo = `import "#lib/cli/exit-with-parent.ts";
const [word, ...rest] = process.argv.slice(2);
if (word === "stay") {
  setInterval(() => {}, 1_000);
  process.on("SIGTERM", () => { console.log("drained"); process.exit(0); });
}
// Last: whoever reads it may send a signal at once.
console.log(JSON.stringify({ pid: process.pid, version: process.versions.node, word, rest }));
if (word === "exit") process.exitCode = Number(rest[0]);
if (word === "die") process.kill(process.pid, "SIGKILL");
`;

const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bootstrap-"));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const file of [
  "package.json",
  "package-lock.json",
  "prisma/schema.prisma",
  "lib/cli/bootstrap.js",
  "lib/cli/exit-with-parent.ts",
]) {
  cpSync(path.join(root, file), path.join(folder, file));
}
writeFileSync(path.join(folder, "lib/cli/main.ts"), echo);
symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));

/** The same program under another name, as the Node of the machine would be: not the one the lockfile names. */
const otherNode = path.join(folder, "node");
const thisNode = realpathSync(process.execPath);
try {
  linkSync(thisNode, otherNode);
} catch {
  copyFileSync(thisNode, otherNode);
}

function run(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  node = otherNode,
  at = folder,
) {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    node,
    [path.join(at, "lib/cli/bootstrap.js"), ...args],
    {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.err += chunk.toString("utf8");
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const answer = () =>
    JSON.parse(said.out.split("\n")[0] ?? "") as { pid: number; version: string; word: string; rest: string[] };
  return { child, said, ended, answer };
}

test("the store's client is generated when it is missing or older than its schema, and only then", async (t) => {
  const client = path.join(folder, "lib/store/client/client.ts");
  assert.ok(!existsSync(client));
  assert.deepEqual(await run(t, ["exit", "0"]).ended, { code: 0, signal: null });
  assert.ok(existsSync(client));
  writeFileSync(client, "// kept");
  await run(t, ["exit", "0"]).ended;
  assert.equal(readFileSync(client, "utf8"), "// kept");
  utimesSync(client, 1, 1);
  await run(t, ["exit", "0"]).ended;
  assert.notEqual(readFileSync(client, "utf8"), "// kept");
});

test("arguments and exit code pass through to the Node that the lockfile names", async (t) => {
  const { ended, answer } = run(t, ["exit", "7", "--flag", "a b"]);
  assert.deepEqual(await ended, { code: 7, signal: null });
  assert.deepEqual(answer().rest, ["7", "--flag", "a b"]);
  assert.equal(answer().version, process.versions.node);
});

test("under the right Node already, no second process is started", async (t) => {
  const { child, ended, answer } = run(t, ["exit", "3"], {}, path.join(folder, "node_modules/.bin/node"));
  assert.deepEqual(await ended, { code: 3, signal: null });
  assert.equal(answer().pid, child.pid);
});

test("SIGTERM is passed on and the end is waited for", async (t) => {
  const { child, said, ended } = run(t, ["stay"]);
  await until("it runs", () => said.out.includes("pid"));
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.match(said.out, /drained/);
});

test("a death by signal is died again", async (t) => {
  assert.deepEqual(await run(t, ["die"]).ended, { code: null, signal: "SIGKILL" });
});

test("kill -9 leaves nothing behind", async (t) => {
  const { child, said, answer } = run(t, ["stay"]);
  await until("it runs", () => said.out.includes("\n"));
  const { pid } = answer();
  assert.notEqual(pid, child.pid);
  child.kill("SIGKILL");
  await until("the child is gone too", () => !existsSync(`/proc/${pid}`));
});

test("packages that differ from the lockfile are installed by npm ci, and a failure ends it", async (t) => {
  const bare = mkdtempSync(path.join(tmpdir(), "pitwall-bare-"));
  t.after(() => rmSync(bare, { recursive: true, force: true }));
  for (const file of ["package.json", "package-lock.json", "lib/cli/bootstrap.js"])
    cpSync(path.join(root, file), path.join(bare, file));
  mkdirSync(path.join(bare, "node_modules"));
  writeFileSync(
    path.join(bare, "node_modules/.package-lock.json"),
    '{ "packages": { "node_modules/next": { "version": "1.0.0" } } }',
  );
  const npm = path.join(bare, "npm-that-fails.js");
  writeFileSync(npm, "console.log('asked:', process.argv.slice(2).join(' ')); process.exit(9);");
  const { said, ended } = run(t, ["check"], { npm_execpath: npm }, otherNode, bare);
  assert.deepEqual(await ended, { code: 1, signal: null });
  assert.match(said.err, /asked: ci --include=dev/);
  assert.match(said.err, /pitwall: npm ci failed; see its output above/);
  assert.ok(!existsSync(path.join(bare, "node_modules/.pitwall-packages")));
});
