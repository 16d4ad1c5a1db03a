import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** A server behind the HAProxy of a test. */
export interface Backend {
  readonly address: string;
  /** What its health page answers from now on; `hang` never answers. */
  health: number | "hang";
  /** How long any other page takes. */
  delayMs: number;
  close(): Promise<void>;
}

/** HAProxy as Debian ships it, started for one test on a loopback address of its own. */
export interface RealHaproxy {
  readonly address: string;
  readonly folder: string;
  readonly sockets: { readonly admin: string; readonly operator: string; readonly user: string };
  /** One command on the admin socket; all that HAProxy said. */
  ask(command: string): Promise<string>;
  /** Reloads as systemd would, and waits until a new worker answers. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** A loopback address that hardly anything else uses. */
export function ownAddress(): string {
  const byte = () => 1 + Math.floor(Math.random() * 253);
  return `127.${100 + Math.floor(Math.random() * 100)}.${byte()}.${byte()}`;
}

/** Waits until the condition holds; fails after `withinMs` with the words. */
export async function until(words: string, holds: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export async function startBackend(t: TestContext, address: string): Promise<Backend> {
  const backend = { health: 200 as number | "hang", delayMs: 0 };
  const server = http.createServer((request, response) => {
    const isHealth = request.url === "/health";
    if (isHealth && backend.health === "hang") return;
    const answer = () => response.writeHead(isHealth ? (backend.health as number) : 200).end("ok\n");
    if (isHealth || backend.delayMs === 0) answer();
    else setTimeout(answer, backend.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  t.after(() => close());
  return Object.assign(backend, { address: `${address}:${(server.address() as net.AddressInfo).port}`, close });
}

/** Starts HAProxy with this configuration after the sockets and timeouts, which every test wants. */
export async function startHaproxy(t: TestContext, address: string, configuration: string): Promise<RealHaproxy> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-haproxy-"));
  const socket = (level: string) => path.join(folder, `${level}.sock`);
  const sockets = { admin: socket("admin"), operator: socket("operator"), user: socket("user") };
  const file = path.join(folder, "haproxy.cfg");
  writeFileSync(file, `${preamble(sockets)}\n${configuration}\n`);
  const child = spawn("/usr/sbin/haproxy", ["-W", "-f", file], { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const haproxy: RealHaproxy = {
    address,
    folder,
    sockets,
    ask: (command) => ask(sockets.admin, command),
    async reload() {
      const before = await pidOf(sockets.admin);
      let signalledAt = 0;
      await until("a new worker answers", async () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error("HAProxy ended instead of reloading");
        // A master that is still starting may miss the signal, so it is sent again.
        if (Date.now() - signalledAt > 3_000) {
          signalledAt = Date.now();
          child.kill("SIGUSR2");
        }
        const now = await pidOf(sockets.admin).catch(() => null);
        return now !== null && now !== before;
      });
    },
    stop: () => stop(child),
  };
  t.after(async () => {
    await stop(child);
    process.removeListener("exit", kill);
    rmSync(folder, { recursive: true, force: true });
  });
  await until("HAProxy answers", () =>
    pidOf(sockets.admin).then(
      (pid) => pid !== null,
      () => false,
    ),
  );
  return haproxy;
}

function preamble(sockets: RealHaproxy["sockets"]): string {
  return `global
    maxconn 200
    hard-stop-after 1s
    stats socket ${sockets.admin} mode 600 level admin
    stats socket ${sockets.operator} mode 600 level operator
    stats socket ${sockets.user} mode 600 level user
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
    timeout queue 2s
    timeout check 1s
    default-server inter 150ms fastinter 100ms downinter 150ms rise 2 fall 2`;
}

async function pidOf(socket: string): Promise<string | null> {
  return /^Pid: (\d+)$/m.exec(await ask(socket, "show info"))?.[1] ?? null;
}

function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const stream = net.connect(socket, () => stream.write(`${command}\n`));
    stream.setTimeout(15_000, () => stream.destroy(new Error("HAProxy does not answer")));
    stream.on("data", (chunk) => {
      said += chunk;
    });
    stream.on("error", reject);
    stream.on("end", () => resolve(said));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await gone;
  clearTimeout(timer);
}
