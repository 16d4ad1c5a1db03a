import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTestLab } from "#e2e/lab/test-lab.ts";
import { signInBy, storyteller } from "#e2e/sign-in.ts";
import type { Stack } from "#e2e/story.ts";

const root = path.resolve(import.meta.dirname, "..");
/** Building the web for the first time is part of it. */
const startWithinMs = 240_000;

/** Starts one lab and one Pitwall as `npm start` does, for all stories; the returned function ends both. */
export default async function startStack(): Promise<() => Promise<void>> {
  const test = await startTestLab();
  const dataFolder = mkdtempSync(path.join(tmpdir(), "pitwall-stories-"));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const pitwall = spawn(process.execPath, [path.join(root, "lib/cli/main.ts"), "start"], {
    cwd: root,
    env: {
      ...process.env,
      PORT: String(port),
      PITWALL_DATA: dataFolder,
      PITWALL_CONFIG: test.lab.paths.config,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [pitwall.stdout, pitwall.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
  const end = async () => {
    await endProcess(pitwall);
    await test.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  };
  const link = () => /http:\S+\/welcome#\S+/.exec(said.join(""))?.[0];
  try {
    await until(() => isReady(address), pitwall);
    await until(async () => link() !== undefined, pitwall);
    const session = await signInBy(link() ?? "", storyteller);
    const stack: Stack = { address, labFolder: test.lab.folder, pid: pitwall.pid ?? 0, dataFolder, session };
    process.env.PITWALL_STACK = JSON.stringify(stack);
  } catch (error) {
    await end();
    throw new Error(`Pitwall did not become ready; it said:\n${said.join("")}`, { cause: error });
  }
  return end;
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/api/v1/health/ready`).catch(() => undefined);
  return answer?.ok === true;
}

async function until(condition: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + startWithinMs;
  while (!(await condition())) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (Date.now() > giveUpAt) throw new Error("it took too long");
    await sleep(200);
  }
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(forced);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
