import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { readHistory } from "#lib/store/history.ts";
import { Plans } from "#lib/store/plans.ts";
import { Unreadable } from "#lib/store/unreadable.ts";

const program = fileURLToPath(new URL("./fault-injection/steady-writer.ts", import.meta.url));
const lives = 8;
const cutsPerLife = 26;

interface Writer {
  readonly child: ChildProcess;
  readonly file: string;
  /** The last tick it said was written. */
  readonly told: () => number;
}

async function startWriter(t: TestContext, folder: string, life: number): Promise<Writer> {
  const file = join(folder, `life-${life}.db`);
  const child = spawn(process.execPath, [program, file], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let last = 0;
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    last = Number(lines.at(-1) ?? last);
  });
  const writer = { child, file, told: () => last };
  await until("the writer writes", () => last > 0);
  return writer;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > endAt) assert.fail(`waited in vain until ${what}`);
    await wait(1);
  }
}

/** What lies on the disk of a process that is stopped this instant is what it would leave behind if it were killed. */
async function cut({ child, file }: Writer, to: string): Promise<void> {
  child.kill("SIGSTOP");
  await until("the writer stands", async () => {
    const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "T";
  });
  await copyStore(file, to);
  child.kill("SIGCONT");
}

/** Without `-shm`: it is rebuilt from the log, and after a power cut it is gone. */
async function copyStore(from: string, to: string): Promise<void> {
  for (const end of ["", "-wal"]) {
    await rm(`${to}${end}`, { force: true });
    if (existsSync(`${from}${end}`)) await copyFile(`${from}${end}`, `${to}${end}`);
  }
  await rm(`${to}-shm`, { force: true });
}

/** Opens what was left and reads every poll of it; returns the last tick. */
function checkStore(file: string): number {
  const past = new Database(file, { timeout: 5_000 });
  try {
    assert.equal(past.pragma("quick_check", { simple: true }), "ok");
    const lasts = ["a", "b", "c"].map((id) => {
      const unreadable = new Unreadable();
      const { tail, blocks } = readHistory(
        { past, plans: new Plans(), unreadable },
        id,
        { from: 0, to: 1e9 },
        (row) => JSON.parse(String(Buffer.from(row.detail ?? []))) as { tick: number },
        ({ pack }) => pack.documents() as { detail: { tick: number } }[],
      );
      assert.deepEqual(unreadable.list(), []);
      const ticks = [...blocks.flat().map(({ detail }) => detail.tick), ...tail.map(({ tick }) => tick)];
      assert.deepEqual(
        ticks,
        Array.from({ length: ticks.length }, (_, i) => i + 1),
        "every poll is there once, whole, in one of its two places",
      );
      return ticks.length;
    });
    assert.equal(new Set(lasts).size, 1, "a tick is written for all services or for none");
    return lasts[0] ?? 0;
  } finally {
    past.close();
  }
}

describe("a power cut", () => {
  it("at any of 200 moments loses no tick that was written, and leaves a store that opens", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "pitwall-cut-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const copy = join(folder, "copy.db");
    let cuts = 0;
    for (let life = 0; life < lives; life += 1) {
      const writer = await startWriter(t, folder, life);
      for (let i = 0; i < cutsPerLife; i += 1, cuts += 1) {
        await wait(Math.random() * 25);
        const told = writer.told();
        await cut(writer, copy);
        assert.ok(checkStore(copy) >= told);
      }
      const gone = new Promise((done) => writer.child.once("exit", done));
      await wait(Math.random() * 25);
      const told = writer.told();
      writer.child.kill("SIGKILL");
      await gone;
      assert.ok(checkStore(writer.file) >= told);
      cuts += 1;
    }
    assert.ok(cuts >= 200);
  });
});
