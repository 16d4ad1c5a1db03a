import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A real HAProxy with many servers, and somebody who asks them. */
export interface BusyHaproxy extends AsyncDisposable {
  readonly socket: string;
  /** So many requests go through it. */
  readonly serve: (requests: number) => Promise<void>;
}

export async function startBusyHaproxy(servers: number): Promise<BusyHaproxy> {
  const backend = http.createServer((_request, response) =>
    response.end("x".repeat(200 + Math.floor(Math.random() * 4_000))),
  );
  await new Promise<void>((done) => backend.listen(0, "127.0.0.1", done));
  const behind = (backend.address() as AddressInfo).port;
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bench-haproxy-"));
  const socket = path.join(folder, "admin.sock");
  const front = 20_000 + Math.floor(Math.random() * 10_000);
  const lines = Array.from({ length: servers }, (_, i) => `  server web-${i} 127.0.0.1:${behind} check`);
  const text = `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
  default-server inter 2s
frontend shop
  bind 127.0.0.1:${front}
  default_backend web
backend web
  balance random
${lines.join("\n")}
`;
  const file = path.join(folder, "haproxy.cfg");
  writeFileSync(file, text);
  const child = spawn("/usr/sbin/haproxy", ["-db", "-f", file], { stdio: "ignore" });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const one = () =>
    new Promise<void>((done) => {
      const request = http.get({
        host: "127.0.0.1",
        port: front,
        agent,
        path: `/${"p".repeat(Math.floor(Math.random() * 40))}`,
      });
      request.on("response", (response) => response.resume().on("end", done));
      request.on("error", () => done());
    });
  const serve = async (requests: number) => {
    for (let sent = 0; sent < requests; sent += 40) await Promise.all(Array.from({ length: 40 }, one));
  };
  // A bench's clock goes faster than HAProxy's: a process younger than one poll's interval would count as restarted.
  const bornAt = performance.now();
  for (let tries = 0; tries < 100 && !(await answers(front)); tries += 1) await wait(50);
  while (performance.now() - bornAt < 11_000) await serve(200);
  return {
    socket,
    serve,
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await ended(child);
      backend.closeAllConnections();
      await new Promise((done) => backend.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/`).then(
    (response) => response.ok,
    () => false,
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await gone;
}
