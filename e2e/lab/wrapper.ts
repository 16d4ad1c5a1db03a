import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labConfig } from "#e2e/lab/config.ts";
import { type Lab, type SshHost, wrappedHosts } from "#e2e/lab/layout.ts";
import { readText } from "#e2e/lab/process.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { formatProblem } from "#lib/config/problem.ts";
import { ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";
import { grantsOf } from "#lib/remediation/grants.ts";
import { allowList } from "#lib/transports/wrapper/allow-list.ts";

/**
 * Puts the wrapper and the allow-list of a host where whoever logs in may not write, and gives the lines of authorized_keys
 * for Pitwall's two keys. `gate` comes first: it lets in only who comes through the bastion.
 */
export function installWrapper(lab: Lab, host: SshHost, gate: string): string[] {
  const folder = join(lab.folder, "ssh", `${host}.wrapper`);
  if (existsSync(folder)) chmodSync(folder, 0o755);
  else mkdirSync(folder);
  const program = join(folder, "pitwall-run");
  const list = join(folder, "allowed");
  for (const file of [program, list]) if (existsSync(file)) chmodSync(file, 0o644);
  copyFileSync(join(import.meta.dirname, "../../lib/transports/wrapper/pitwall-run.sh"), program);
  writeFileSync(list, allowedOn(lab, host));
  chmodSync(program, 0o555);
  chmodSync(list, 0o444);
  // Root's own folder nobody else may write to; anybody else's must say so.
  if (process.getuid?.() !== 0) chmodSync(folder, 0o555);
  const line = (access: "look" | "act", key: string) =>
    `restrict,command="${gate} ${program} ${access} ${list}" ${readText(`${key}.pub`).trim()}`;
  return [line("look", lab.paths.lookKey), line("act", lab.paths.actKey)];
}

/** Lets the lab's own user take the folders away. */
export function openWrappers(folder: string): void {
  for (const host of wrappedHosts) {
    const wrapper = join(folder, "ssh", `${host}.wrapper`);
    if (existsSync(wrapper)) chmodSync(wrapper, 0o755);
  }
}

function allowedOn(lab: Lab, host: SshHost): string {
  const read = parseConfig(labConfig(lab), join(lab.folder, "pitwall.yaml"), registry, () => ok(null));
  if (!read.ok) throw new Error(read.error.map(formatProblem).join("\n"));
  const grants = grantsOf(read.value, registry).commands.filter((one) => one.host === host);
  return allowList(grants.map(({ command }) => command));
}
