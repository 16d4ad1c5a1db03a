import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolders, writeOwned } from "#e2e/lab/folder.ts";
import { type Lab, ports, type SshHost, sshHosts, wrappedHosts } from "#e2e/lab/layout.ts";
import { childrenOf, end, endPids, isAlive, pidOf, readText, run, serverPath, start } from "#e2e/lab/process.ts";
import { listens, until } from "#e2e/lab/until.ts";
import { installWrapper } from "#e2e/lab/wrapper.ts";

function keyFile(folder: string, host: SshHost): string {
  return join(folder, "ssh", `${host}.host_key`);
}

/** Makes one key pair per host and one for logging in, where there is none yet. */
export async function makeKeys(lab: Lab): Promise<void> {
  makeFolders(lab, join(lab.folder, "ssh"));
  const wanted = [
    lab.paths.sshKey,
    lab.paths.lookKey,
    lab.paths.actKey,
    ...sshHosts.map((host) => keyFile(lab.folder, host)),
  ];
  const missing = wanted.filter((file) => !existsSync(file));
  await Promise.all(
    missing.map((file) =>
      run(lab, ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "pitwall-lab", "-f", file]),
    ),
  );
}

/** Public host keys as in known_hosts without the name; empty text where there is no key yet. */
export function readHostKeys(folder: string): Record<SshHost, string> {
  const key = (host: SshHost) =>
    readText(`${keyFile(folder, host)}.pub`)
      .split(" ")
      .slice(0, 2)
      .join(" ")
      .trim();
  return Object.fromEntries(sshHosts.map((host) => [host, key(host)])) as Record<SshHost, string>;
}

export async function startSshds(lab: Lab): Promise<void> {
  writeOwned(lab, join(lab.folder, "ssh", "authorized_keys"), readText(`${lab.paths.sshKey}.pub`), 0o600);
  writeOwned(lab, join(lab.folder, "ssh", "through-bastion"), gateScript(lab), 0o750);
  writeOwned(
    lab,
    join(lab.folder, "ssh", "known_hosts"),
    sshHosts.map((host) => `${host} ${lab.hostKeys[host]}\n`).join(""),
  );
  writeOwned(lab, lab.paths.sshConfig, clientConf(lab));
  await Promise.all(sshHosts.map((host) => startSshd(lab, host)));
}

/** sshd wants an absolute `-f`: it starts itself again from `/` for every connection. */
export async function startSshd(lab: Lab, host: SshHost): Promise<void> {
  const conf = join(lab.folder, "ssh", `${host}.sshd_config`);
  writeOwned(lab, conf, sshdConf(lab, host));
  if (wrappedHosts.includes(host)) writeOwned(lab, keysOf(lab, host), wrappedKeys(lab, host), 0o600);
  if (pidOf(lab, sshdProcess(host)) === null) start(lab, sshdProcess(host), ["/usr/sbin/sshd", "-f", conf, "-D", "-e"]);
  await until(`${host}: sshd listens`, () => listens(lab.addresses[host], ports.ssh));
}

/** Ends the listener and cuts every session, which otherwise outlives it. */
export async function stopSshd(lab: Lab, host: SshHost): Promise<void> {
  const pid = pidOf(lab, sshdProcess(host));
  const sessions = pid === null ? [] : childrenOf(pid).filter(isAlive);
  await end(lab, sshdProcess(host));
  await endPids(
    sessions.flatMap((session) => [session, ...childrenOf(session)]),
    "SIGTERM",
    2_000,
  );
}

export async function stopSshds(lab: Lab): Promise<void> {
  await Promise.all(sshHosts.map((host) => stopSshd(lab, host)));
}

export function sshdProcess(host: SshHost): string {
  return `sshd-${host}`;
}

/** Runs a command on a host by OpenSSH's own client, through the bastion. */
export function runOnHost(lab: Lab, host: SshHost, command: string, timeoutMs = 60_000): ReturnType<typeof run> {
  return run(lab, ["/usr/bin/ssh", "-F", lab.paths.sshConfig, host, command], { mayFail: true, timeoutMs });
}

function sshdConf(lab: Lab, host: SshHost): string {
  const behind = sshHosts.filter((name) => name !== "bastion").map((name) => `${lab.addresses[name]}:${ports.ssh}`);
  // HAProxy's socket is read through lb's sshd. With AllowTcpForwarding off, sshd 9.2 denies Unix sockets as well.
  const rights = {
    bastion: `AllowTcpForwarding local\nPermitOpen ${behind.join(" ")}\nAllowStreamLocalForwarding no\n`,
    lb: `AllowTcpForwarding local\nAllowStreamLocalForwarding local\nForceCommand ${gateFile(lab)}\n`,
    // Here the line of each key says what it starts, with the gate in front.
    wrapped: "AllowTcpForwarding no\nAllowStreamLocalForwarding no\n",
    other: `AllowTcpForwarding no\nAllowStreamLocalForwarding no\nForceCommand ${gateFile(lab)}\n`,
  };
  return `Port ${ports.ssh}
ListenAddress ${lab.addresses[host]}
HostKey ${keyFile(lab.folder, host)}
PidFile none
AuthorizedKeysFile ${keysOf(lab, host)}
AllowUsers ${lab.owner.name}
SetEnv PATH=${serverPath} PITWALL_LAB_PROCESS=${lab.folder}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
X11Forwarding no
AllowAgentForwarding no
MaxStartups 10:30:60
LogLevel INFO
${host === "bastion" || host === "lb" ? rights[host] : wrappedHosts.includes(host) ? rights.wrapped : rights.other}`;
}

function keysOf(lab: Lab, host: SshHost): string {
  return join(lab.folder, "ssh", wrappedHosts.includes(host) ? `${host}.authorized_keys` : "authorized_keys");
}

function wrappedKeys(lab: Lab, host: SshHost): string {
  const own = `command="${gateFile(lab)}" ${readText(`${lab.paths.sshKey}.pub`).trim()}`;
  return `${[own, ...installWrapper(lab, host, gateFile(lab))].join("\n")}\n`;
}

function gateFile(lab: Lab): string {
  return join(lab.folder, "ssh", "through-bastion");
}

/**
 * Lets a login do something only when it came through the bastion. On loopback every connection has the same source
 * address, so `from=` cannot tell; but the far end of the connection must be a socket of the bastion's own sshd.
 */
function gateScript(lab: Lab): string {
  return `#!/bin/sh
command=$SSH_ORIGINAL_COMMAND
# What a key's own line lets it start, instead of what was asked for: a path without blanks, and words.
wrapped=$*
# An address and a port as /proc/net/tcp writes them: 127.0.77.2 and 2222 are 024D007F:08AE.
hex() { old=$IFS; IFS=.; set -- $1 "$2"; IFS=$old; printf '%02X%02X%02X%02X:%04X' "$4" "$3" "$2" "$1" "$5"; }
# $SSH_CONNECTION: client address, client port, server address, server port. The table holds the client's end of it, too.
set -- $SSH_CONNECTION
inode=$(awk -v c="$(hex "$1" "$2")" -v s="$(hex "$3" "$4")" '$2 == c && $3 == s { print $10; exit }' /proc/net/tcp)
# Sockets of the bastion: each of its sessions is a child of its sshd, and most have a child of their own.
read -r bastion < ${join(lab.paths.pids, `${sshdProcess("bastion")}.pid`)}
folders=
children() { list=; { read -r list < "/proc/$1/task/$1/children"; } 2>/dev/null; }
children "$bastion"
for session in $list; do
  folders="$folders /proc/$session/fd"
  children "$session"
  for child in $list; do folders="$folders /proc/$child/fd"; done
done
if [ -n "$inode" ] && ls -l $folders 2>/dev/null | grep -qF "socket:[$inode]"; then
  [ "$wrapped" = "" ] || exec $wrapped
  [ -n "$command" ] && exec "\${SHELL:-/bin/sh}" -c "$command"
  exec "\${SHELL:-/bin/sh}" -l
fi
echo "this host takes logins through the bastion only" >&2
exit 77
`;
}

function clientConf(lab: Lab): string {
  const hop = (host: SshHost) => (host === "bastion" ? "" : "  ProxyJump bastion\n");
  const hosts = sshHosts.map(
    (host) => `Host ${host}\n  HostName ${lab.addresses[host]}\n  HostKeyAlias ${host}\n${hop(host)}`,
  );
  return `${hosts.join("")}Host *
  User ${lab.owner.name}
  Port ${ports.ssh}
  IdentityFile ${lab.paths.sshKey}
  IdentitiesOnly yes
  BatchMode yes
  ConnectTimeout 20
  StrictHostKeyChecking yes
  UserKnownHostsFile ${join(lab.folder, "ssh", "known_hosts")}
  GlobalKnownHostsFile /dev/null
  LogLevel ERROR
`;
}
