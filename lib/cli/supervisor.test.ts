import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "#e2e/lab/until.ts";
import { root } from "#lib/cli/root.ts";
import { type ChildSpec, type SuperviseOptions, supervise } from "#lib/cli/supervisor.ts";

const quick = { firstMs: 20, longestMs: 80, resetAfterMs: 60_000 };
const exitWithParent = path.join(root, "lib/cli/exit-with-parent.ts");

function script(name: string, code: string): ChildSpec {
  const argv = [process.execPath, `--import=${exitWithParent}`, "-e", code] as const;
  return { name, argv, env: { ...process.env }, cwd: root };
}

const announce = "console.log('pid', process.pid); setInterval(() => {}, 1000);";
/** It says that it is there when it can be told to end: it might be told at once. */
const orderly = `process.on('SIGTERM', () => { console.log('drained'); process.exit(0); }); ${announce}`;

/** Supervises in this process until the test ends, collecting what is said. */
function begin(t: TestContext, children: readonly ChildSpec[], more: Partial<SuperviseOptions> = {}) {
  const lines: string[] = [];
  const stop = new AbortController();
  const done = supervise({
    children,
    signal: stop.signal,
    backOff: quick,
    drainMs: 5_000,
    output: (from, line) => lines.push(`${from}: ${line}`),
    ...more,
  });
  t.after(async () => {
    stop.abort();
    await done;
  });
  const pids = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}: pid `) ? [Number(line.split(" ").at(-1))] : []));
  return { lines, stop, done, pids };
}

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

test("a child that crashes is started again and the other one keeps running", async (t) => {
  const { lines, pids } = begin(t, [script("web", orderly), script("poller", orderly)]);
  await until("both run", () => pids("web").length === 1 && pids("poller").length === 1);
  process.kill(pids("poller")[0] ?? 0, "SIGKILL");
  await until("the poller runs again", () => pids("poller").length === 2);
  assert.equal(pids("web").length, 1);
  assert.ok(isAlive(pids("web")[0] ?? 0));
  assert.match(
    lines.find((line) => line.startsWith("pitwall:")) ?? "",
    /^pitwall: poller was ended by SIGKILL after .+; starting it again in 20 ms$/,
  );
});

test("a child that crashes in a loop is told of when it starts and when the waits stop growing, not each time", async (t) => {
  const { lines, pids } = begin(t, [script("poller", "console.log('pid', process.pid); process.exit(3)")]);
  await until("it was started eight times", () => pids("poller").length >= 8);
  const told = lines.filter((line) => line.startsWith("pitwall:"));
  assert.equal(told.length, 2, told.join("\n"));
  assert.match(told[0] ?? "", /ended with code 3 after .+ 20 ms$/);
  assert.match(told[1] ?? "", /80 ms, and so on until it stays up$/);
});

test("a program that does not exist is a crash like any other", async (t) => {
  const { lines } = begin(t, [{ name: "web", argv: ["/nonexistent/program"], env: { ...process.env }, cwd: root }]);
  await until("it is told", () => lines.some((line) => line.includes("could not be started")));
});

test("stopping lets every child drain before it resolves", async (t) => {
  const { lines, stop, done, pids } = begin(t, [script("web", orderly), script("poller", orderly)]);
  await until("both run", () => pids("web").length === 1 && pids("poller").length === 1);
  stop.abort();
  await done;
  assert.deepEqual(lines.filter((line) => line.endsWith("drained")).sort(), ["poller: drained", "web: drained"]);
  assert.deepEqual([...pids("web"), ...pids("poller")].filter(isAlive), []);
});

test("a child that will not drain is killed with everything it started", async (t) => {
  const stubborn = `process.on('SIGTERM', () => {});
    const { spawn } = require('node:child_process');
    console.log('pid', spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).pid);
    ${announce}`;
  const { stop, done, pids } = begin(t, [script("web", stubborn)], { drainMs: 200 });
  await until("it and what it started run", () => pids("web").length === 2);
  stop.abort();
  await done;
  await until("nothing of it is left", () => !pids("web").some(isAlive));
});

test("kill -9 of the parent leaves no child", async (t) => {
  const parent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { supervise } from "#lib/cli/supervisor.ts";
       const children = ${JSON.stringify([script("web", announce), script("poller", orderly)])};
       await supervise({ children, signal: new AbortController().signal, output: (from, line) => console.log(line) });`,
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => parent.kill("SIGKILL"));
  let said = "";
  parent.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const pids = () => [...said.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));
  await until("both children run", () => pids().length === 2 && pids().every(isAlive));
  parent.kill("SIGKILL");
  await until("both children are gone", () => !pids().some(isAlive));
});
