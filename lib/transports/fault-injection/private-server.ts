import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Who the servers run as: sshd and PostgreSQL are started without root, which the latter insists on. */
export const serverUser = process.getuid?.() === 0 ? "postgres" : userInfo().username;

/** A folder of its own for a server, which its user may write to. */
export function serverFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `pitwall-${name}-`));
  giveToServer(folder);
  return folder;
}

export function giveToServer(file: string): void {
  if (process.getuid?.() !== 0) return;
  const { stdout } = spawnSync("id", ["-u", serverUser], { encoding: "utf8" });
  chownSync(file, Number(stdout), -1);
}

/** Words in front of a command that run it as the servers' user and end it when this process dies, however it dies. */
export function asServer(signal: "TERM" | "INT"): string[] {
  const drop = process.getuid?.() === 0 ? [`--reuid=${serverUser}`, `--regid=${serverUser}`, "--clear-groups"] : [];
  return ["setpriv", `--pdeathsig=${signal}`, ...drop];
}

/** Runs a preparing command to its end as the servers' user. */
export function prepare(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const [program, ...parameters] = [...asServer("TERM"), ...argv] as [string, ...string[]];
  const done = spawnSync(program, parameters, { encoding: "utf8", cwd: "/", env: { ...process.env, ...environment } });
  if (done.status !== 0) throw new Error(`${argv.join(" ")} failed: ${done.error ?? ""}${done.stdout}${done.stderr}`);
}

export interface PrivateServer {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a server that stays in the foreground, and waits until its port takes connections. */
export async function startServer(
  argv: readonly string[],
  port: number,
  end: "TERM" | "INT",
  folder: string,
): Promise<PrivateServer> {
  const [program, ...parameters] = [...asServer(end), ...argv] as [string, ...string[]];
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4_000);
    });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill(`SIG${end}`);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const startedAt = performance.now();
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() - startedAt > 20_000) {
      await stop();
      throw new Error(`${argv[0]} did not start: ${log}`);
    }
    await pause(20);
  }
  return { child, stop };
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
