import { type StdioOptions, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { LabError } from "#e2e/lab/lab-error.ts";
import { findPgBin } from "#e2e/lab/postgres.ts";

/** What the lab needs of Debian: each package, and what tells that it is there. */
const needed: Readonly<Record<string, () => boolean>> = {
  haproxy: () => existsSync("/usr/sbin/haproxy"),
  apache2: () => existsSync("/usr/sbin/apache2"),
  "libapache2-mod-passenger": () => existsSync("/usr/lib/apache2/modules/mod_passenger.so"),
  "ruby-rack": () => spawnSync("dpkg-query", ["-W", "ruby-rack"]).status === 0,
  postgresql: () => findPgBin() !== undefined,
  pgbouncer: () => existsSync("/usr/sbin/pgbouncer"),
  "openssh-server": () => existsSync("/usr/sbin/sshd"),
  "openssh-client": () => existsSync("/usr/bin/ssh") && existsSync("/usr/bin/ssh-keygen"),
};

const browser = { chromium: () => existsSync("/usr/bin/chromium") } as const;

/** What the tests need beside it. */
const neededByTests: Readonly<Record<string, () => boolean>> = {
  ...browser,
  systemd: () => existsSync("/lib/systemd/systemd"),
  sudo: () => existsSync("/usr/bin/sudo"),
  shellcheck: () => existsSync("/usr/bin/shellcheck"),
  busybox: () => existsSync("/bin/busybox"),
  patroni: () => existsSync("/usr/bin/patroni"),
  "etcd-server": () => existsSync("/usr/bin/etcd"),
};

/** Names of the Debian packages that the lab still lacks. */
export function missingPackages(): string[] {
  return missingOf(needed);
}

/** The same of those that the tests need beside the lab. */
export function missingTestPackages(): string[] {
  return missingOf(neededByTests);
}

/** Names of the Debian packages that the benches lack: those of the lab, and the browser that they measure with. */
export function missingBenchPackages(): string[] {
  return missingOf({ ...needed, ...browser });
}

function missingOf(packages: Readonly<Record<string, () => boolean>>): string[] {
  return Object.entries(packages)
    .filter(([, isThere]) => !isThere())
    .map(([name]) => name);
}

export interface InstallOptions {
  /** Takes each line that tells the person what happens. */
  readonly say: (line: string) => void;
  readonly missing?: readonly string[];
}

/**
 * Installs what is missing with apt-get, as root or through sudo, and says so first. Nothing missing: does nothing.
 * Debian starts the services of a fresh package at once; the lab runs its own servers on its own addresses and needs
 * none of them, so they are held back while apt-get works. Returns the packages that it installed.
 */
export function installPackages({ say, missing = missingPackages() }: InstallOptions): readonly string[] {
  if (missing.length === 0) return [];
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!existsSync("/usr/bin/apt-get")) {
    throw new LabError(
      `the lab needs ${missing.join(", ")}, and this machine has no apt-get; install their like by hand`,
    );
  }
  const root = process.getuid?.() === 0;
  if (!root && !existsSync("/usr/bin/sudo")) {
    throw new LabError(`the lab needs ${missing.join(", ")}; run this as root: ${command}`);
  }
  say(
    `The lab needs ${missing.length === 1 ? "a Debian package that is" : "Debian packages that are"} not installed: ${missing.join(", ")}.`,
  );
  say(
    `Running ${root ? "" : "with sudo "}\`${command}\`. Their own services are not started now; the next boot would start them.`,
  );
  // What apt-get says goes where it is not taken for an answer: `npm run bench -- --json` gives one.
  const stdio: StdioOptions = ["inherit", 2, 2];
  const argv = ["/bin/sh", "-c", installScript, "install", ...missing];
  const ran = root ? spawnSync(argv[0] ?? "", argv.slice(1), { stdio }) : spawnSync("/usr/bin/sudo", argv, { stdio });
  const left = [...missingPackages(), ...missingTestPackages()].filter((name) => missing.includes(name));
  if (ran.status !== 0 || left.length > 0) {
    throw new LabError(
      `apt-get did not install ${(left.length > 0 ? left : missing).join(", ")}; its own words are above`,
    );
  }
  return missing;
}

/** policy-rc.d answering 101 is Debian's way to say "start no service"; one that is there already is left alone. */
const installScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
`;
