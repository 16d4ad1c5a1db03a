import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { figuresOf } from "#e2e/bench/own-process.ts";

const going = new AbortController().signal;

function benchOf(t: TestContext, body: string): { readonly file: string; readonly told: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-own-process-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [file, told] = [path.join(folder, "one.bench.ts"), path.join(folder, "told")];
  writeFileSync(
    file,
    `import { spawn } from "node:child_process";
     import { writeFileSync } from "node:fs";
     export async function figures() {
       const left = spawn("/bin/sleep", ["600"], { stdio: "ignore" });
       writeFileSync(${JSON.stringify(told)}, JSON.stringify({ pid: left.pid, folder: process.env.TMPDIR }));
       ${body}
     }`,
  );
  return { file, told };
}

/** What a bench told of itself: a process that it leaves running, and its folder. */
function leftOf(told: string): { readonly pid: number; readonly folder: string } {
  return JSON.parse(readFileSync(told, "utf8")) as { pid: number; folder: string };
}

/** A zombie is no process any more. */
function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

function nothingIsLeft(told: string): void {
  const { pid, folder } = leftOf(told);
  assert.equal(isThere(pid), false, "what it started has ended");
  assert.equal(existsSync(folder), false, "its folder is gone");
}

describe("a bench in a process of its own", () => {
  it("gives its figures, those that are no number as well, and leaves nothing", async (t) => {
    const { file, told } = benchOf(t, `return [{ name: "a", value: NaN, unit: "ms", aim: 1, ok: false }];`);
    const figures = await figuresOf(file, going);
    assert.deepEqual(
      figures.map(({ name, value }) => [name, value]),
      [["a", Number.NaN]],
    );
    nothingIsLeft(told);
  });

  it("that breaks says so, and leaves nothing", async (t) => {
    const { file, told } = benchOf(t, `process.exit(3);`);
    await assert.rejects(figuresOf(file, going), /^Error: ended by code 3 without figures$/);
    nothingIsLeft(told);
  });

  it("is stopped when asked to, also while it hears nothing, and leaves nothing", async (t) => {
    const { file, told } = benchOf(t, `for (;;);`);
    const stop = new AbortController();
    const ended = assert.rejects(figuresOf(file, stop.signal), /without figures/);
    while (!existsSync(told)) await wait(20);
    stop.abort();
    await ended;
    nothingIsLeft(told);
  });
});
