import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { HostConfig } from "#lib/config/model.ts";
import {
  freePort,
  giveToServer,
  serverFolder,
  serverUser,
  startServer,
} from "#lib/transports/fault-injection/private-server.ts";

export interface Sshd {
  /** Ready to be used in `hosts`, with the host key pinned. */
  readonly host: HostConfig;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Starts a real sshd on a port of its own. `settings` are further lines of sshd_config. */
export async function startSshd(name: string, client: KeyPair, settings: readonly string[] = []): Promise<Sshd> {
  const folder = serverFolder(`sshd-${name}`);
  const port = await freePort();
  const hostKey = makeKeyPair(folder, "host_key");
  const authorized = path.join(folder, "authorized_keys");
  const config = path.join(folder, "sshd_config");
  writeFileSync(authorized, `${client.publicKey}\n`);
  writeFileSync(
    config,
    [
      ...settings,
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${path.join(folder, "host_key")}`,
      `AuthorizedKeysFile ${authorized}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "MaxStartups 200",
    ].join("\n"),
  );
  for (const file of ["host_key", "authorized_keys", "sshd_config"]) giveToServer(path.join(folder, file));
  // An absolute path, because sshd starts itself again from the root folder for each connection.
  const server = await startServer(["/usr/sbin/sshd", "-D", "-e", "-f", config], port, "TERM", folder);
  return {
    pid: server.child.pid as number,
    host: {
      name,
      address: "127.0.0.1",
      port,
      user: serverUser,
      key: "env:KEY",
      hostKeys: [hostKey.publicKey],
      via: null,
    },
    stop: server.stop,
  };
}

export function makeKeyPair(folder: string, name: string, type = "ed25519"): KeyPair {
  const file = path.join(folder, name);
  const made = spawnSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "test", "-f", file], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr}`);
  const [kind, key] = readFileSync(`${file}.pub`, "utf8").split(" ");
  return { privateKey: readFileSync(file, "utf8"), publicKey: `${kind} ${key}` };
}
