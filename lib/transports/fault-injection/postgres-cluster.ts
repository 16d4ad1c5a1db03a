import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createSelfSigned } from "#lib/transports/fault-injection/certificates.ts";
import {
  freePort,
  giveToServer,
  prepare,
  serverFolder,
  startServer,
} from "#lib/transports/fault-injection/private-server.ts";

export interface PostgresCluster {
  readonly port: number;
  readonly pid: number;
  /** Folder of its Unix socket. */
  readonly socketFolder: string;
  /** The owner of everything, with a password as all others. */
  readonly owner: { readonly user: "postgres"; readonly password: string };
  stop(): Promise<void>;
}

/** Starts a real PostgreSQL on a port of its own, with passwords, TLS, and few slots. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresCluster> {
  const folder = serverFolder("pg");
  const port = await freePort();
  const bin = newestBinaries();
  const data = path.join(folder, "data");
  const passwordFile = path.join(folder, "password");
  writeFileSync(passwordFile, "ownerpass\n");
  giveToServer(passwordFile);
  const how = [
    "-U",
    "postgres",
    "-A",
    "scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--no-sync",
    "-E",
    "UTF8",
    "--locale=C",
  ];
  prepare([path.join(bin, "initdb"), "-D", data, ...how]);
  const { cert, key } = createSelfSigned(folder, "localhost");
  for (const [name, text] of [
    ["server.crt", cert],
    ["server.key", key],
  ] as const) {
    writeFileSync(path.join(data, name), text, { mode: 0o600 });
    giveToServer(path.join(data, name));
  }
  const all = ["ssl=on", "fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, ...settings];
  const server = await startServer(
    [path.join(bin, "postgres"), "-D", data, "-p", String(port), ...all.flatMap((setting) => ["-c", setting])],
    port,
    "INT",
    folder,
  );
  const ready = path.join(bin, "pg_isready");
  while (spawnSync(ready, ["-q", "-h", "127.0.0.1", "-p", String(port)]).status !== 0) await pause(50);
  return {
    port,
    pid: server.child.pid as number,
    socketFolder: folder,
    owner: { user: "postgres", password: "ownerpass" },
    stop: server.stop,
  };
}

function newestBinaries(): string {
  const root = "/usr/lib/postgresql";
  const newest = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error(`no PostgreSQL under ${root}`);
  return path.join(root, newest, "bin");
}
