import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { endingCommand, findMark, remoteCommand } from "#lib/transports/remote-script.ts";

/** Feeds the pieces and returns what passed and which group was found. */
function feed(mark: string, pieces: readonly Buffer[]) {
  let group: number | null = null;
  let passed = Buffer.alloc(0);
  const finder = findMark(
    mark,
    (found) => {
      group = found;
    },
    (chunk) => {
      passed = Buffer.concat([passed, chunk]);
    },
  );
  for (const piece of pieces) finder.write(piece);
  finder.end();
  return { group, passed: passed.toString() };
}

test("the mark is found and taken out however the bytes are cut, and all else passes", () => {
  const text = Buffer.from("Welcome!\nmark-1 4711\nfirst\nmark-1 99\nlast");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), (cuts) => {
      const ends = [...new Set([...cuts, text.length])].toSorted((a, b) => a - b);
      const pieces = ends.map((end, n) => text.subarray(n === 0 ? 0 : ends[n - 1], end));
      assert.deepEqual(feed("mark-1", pieces), { group: 4711, passed: "Welcome!\nfirst\nmark-1 99\nlast" });
    }),
  );
});

test("without a mark everything passes, and a forged one names no group that could be hit by mistake", () => {
  assert.deepEqual(feed("mark-1", [Buffer.from("no\nmark")]), { group: null, passed: "no\nmark" });
  for (const forged of ["mark-1 0", "mark-1 1", "mark-1 -5", "mark-1 7; id", "mark-1 "]) {
    assert.deepEqual(feed("mark-1", [Buffer.from(`${forged}\n`)]), { group: null, passed: `${forged}\n` });
  }
  const long = "x".repeat(40_000);
  assert.equal(feed("mark-1", [Buffer.from(long), Buffer.from("\nmark-1 7\n")]).passed, `${long}\nmark-1 7\n`);
});

test("a command gets a group of its own, also under a shell that leads none", () => {
  const { text, mark } = remoteCommand(["sh", "-c", "ps -o pgid= -p $$"], 10);
  // Not detached: this shell is in the group of the test.
  const { stdout, stderr } = spawnSync("sh", ["-c", text], { encoding: "utf8" });
  assert.equal(stderr, `${mark} ${stdout.trim()}\n`);
});

test("the ending is told as gone for a group that is not there and for one that was ended", async () => {
  const child = spawn("sh", ["-c", "trap '' TERM; sleep 2001 & sleep 2002"], { detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = () => {
    const shell = spawn("sh", ["-c", endingCommand(child.pid as number)], { stdio: ["ignore", "pipe", "inherit"] });
    return new Promise<string>((resolve) => shell.stdout.once("data", (word: Buffer) => resolve(word.toString())));
  };
  assert.equal(await end(), "gone\n");
  await ended;
  assert.equal(await end(), "gone\n");
});
