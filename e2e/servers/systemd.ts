import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A real systemd with units of its own, apart from the machine's. */
export interface Systemd {
  /** A folder for PATH with a `systemctl` that asks this one. */
  readonly path: string;
  /** Runs systemctl and gives what it printed, whatever its exit code. */
  readonly ctl: (...args: string[]) => string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts systemd as the first process of a PID namespace, with mounts and control groups of its own. It needs root, or sudo
 * without a password; `units` are the only ones it knows beside its
 * built-in ones, under their own names and those of `aliases`.
 */
export async function startSystemd(
  units: Readonly<Record<string, string>>,
  aliases: Readonly<Record<string, string>> = {},
): Promise<Systemd> {
  const folder = mkdtempSync(join(tmpdir(), "pitwall-systemd-"));
  const path = join(folder, "bin");
  const unitFolder = join(folder, "units");
  for (const one of [path, unitFolder]) mkdirSync(one);
  for (const [name, text] of Object.entries({ ...needed, ...units })) writeFileSync(join(unitFolder, name), text);
  for (const [alias, unit] of Object.entries(aliases)) symlinkSync(unit, join(unitFolder, alias));
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const spaces = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--cgroup"];
  const argv = [...asRoot, "unshare", ...spaces, "sh", "-c", initScript, "sh", unitFolder];
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: "ignore" });
  const init = await firstChildOf(child.pid ?? 0);
  const inside = [...asRoot, "nsenter", "-t", `${init}`, "-m", "-p", "--"];
  const shim = join(path, "systemctl");
  writeFileSync(shim, `#!/bin/sh\nexec ${inside.join(" ")} /usr/bin/systemctl "$@"\n`);
  chmodSync(shim, 0o755);
  const ctl = (...args: string[]) => spawnSync(shim, args, { encoding: "utf8" }).stdout;
  for (let tries = 0; !/running|degraded/.test(ctl("is-system-running")); tries += 1) {
    if (tries > 300 || child.exitCode !== null) throw new Error(`systemd did not start: ${ctl("is-system-running")}`);
    await pause(50);
  }
  return {
    path,
    ctl,
    stop: async () => {
      const ended = once(child, "exit");
      // A namespace ends with its first process.
      spawnSync(asRoot[0] ?? "kill", [...asRoot.slice(1), ...(asRoot.length > 0 ? ["kill"] : []), "-KILL", `${init}`]);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const initScript = `
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export container=pitwall SYSTEMD_UNIT_PATH="$1" SYSTEMD_LOG_TARGET=null
exec /lib/systemd/systemd --system --unit=pitwall-test.target --show-status=0
`;

const needed = {
  "pitwall-test.target": "[Unit]\nDescription=Nothing but what a test asks for\nDefaultDependencies=no\n",
};

async function firstChildOf(pid: number): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    for (const child of childrenOf(pid)) {
      if (nameOf(child) === "systemd") return child;
      const under = childrenOf(child).find((one) => nameOf(one) === "systemd");
      if (under !== undefined) return under;
    }
    if (tries > 300) throw new Error("systemd did not start in a namespace of its own; it needs root");
    await pause(20);
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
