import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { LabError } from "#e2e/lab/lab-error.ts";

/** The plain user that all servers of a lab run as. */
export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who the servers run as: ourselves, or `postgres` when we are root. PostgreSQL refuses to run as root, and an
 * sshd that does not run as root can log in its own user only, who therefore needs a real shell; Debian's `postgres` has one.
 */
export function chooseOwner(): Owner {
  const me = userInfo();
  if (me.uid !== 0) return { name: me.username, uid: me.uid, gid: me.gid };
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("postgres:"));
  const [name, , uid, gid] = line?.split(":") ?? [];
  if (!name || !uid || !gid) {
    throw new LabError("there is no user `postgres` for the servers to run as; install PostgreSQL (`lab packages`)");
  }
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Throws when the servers' user cannot write to `folder`, as with one below /root. */
export function assertReachable(owner: Owner, folder: string): void {
  const asOwner = process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {};
  if (spawnSync("/usr/bin/test", ["-w", folder], asOwner).status === 0) return;
  throw new LabError(
    `the servers run as \`${owner.name}\`, who cannot write to ${folder}; choose another folder (--folder), for root one that others can reach, such as /var/lib/pitwall-lab`,
  );
}

/** For a helper process that was started as root: become the servers' user. Call it once all modules are loaded. */
export function dropPrivileges(): void {
  const uid = process.env.PITWALL_LAB_UID;
  const gid = process.env.PITWALL_LAB_GID;
  if (uid === undefined || gid === undefined || process.getuid?.() !== 0) return;
  process.setgroups?.([Number(gid)]);
  process.setgid?.(Number(gid));
  process.setuid?.(Number(uid));
}
