import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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
  /** Read anew for each connection: another key put there is what the next one meets. */
  readonly hostKeyFile: string;
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
    hostKeyFile: path.join(folder, "host_key"),
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

/** Whether a process of this machine runs; one that ended and was not reaped does not. */
export function runs(pid: number): boolean {
  return runningStat(pid) !== null;
}

/** What the kernel says of a process that runs. It may end between the listing and the reading. */
function runningStat(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] === "Z" ? null : stat;
  } catch (cause) {
    if (["ENOENT", "ESRCH"].includes((cause as NodeJS.ErrnoException).code ?? "")) return null;
    throw cause;
  }
}

/** The processes that serve an sshd's connections: a monitor and its child for each. */
export function serving(sshd: Sshd): number[] {
  const parents = new Map<number, { readonly parent: number; readonly name: string }>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = runningStat(Number(entry));
    if (stat === null) continue;
    const end = stat.lastIndexOf(")");
    parents.set(Number(entry), {
      parent: Number(stat.slice(end + 2).split(" ")[1]),
      name: stat.slice(stat.indexOf("(") + 1, end),
    });
  }
  const under = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent !== undefined && (parent === sshd.pid || under(parent));
  };
  return [...parents.keys()].filter((pid) => parents.get(pid)?.name.startsWith("sshd") && under(pid));
}
