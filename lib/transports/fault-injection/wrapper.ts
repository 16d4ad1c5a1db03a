import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GrantedCommand } from "#lib/core/grant.ts";
import type { KeyPair } from "#lib/transports/fault-injection/sshd.ts";
import { allowList } from "#lib/transports/wrapper/allow-list.ts";

/** The wrapper as it stands on a host, in a folder that whoever logs in may not write to. */
export interface InstalledWrapper {
  readonly program: string;
  readonly list: string;
  /** A line for authorized_keys. */
  readonly line: (key: KeyPair, access: "look" | "act") => string;
  readonly remove: () => void;
}

export const wrapperFile = path.join(import.meta.dirname, "../wrapper/pitwall-run.sh");

export function installWrapper(commands: readonly GrantedCommand[]): InstalledWrapper {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-wrapper-"));
  const program = path.join(folder, "pitwall-run");
  const list = path.join(folder, "allowed");
  copyFileSync(wrapperFile, program);
  writeFileSync(list, allowList(commands));
  for (const [file, mode] of [
    [program, 0o555],
    [list, 0o444],
    [folder, 0o555],
  ] as const)
    chmodSync(file, mode);
  return {
    program,
    list,
    line: (key, access) => `restrict,command="${program} ${access} ${list}" ${key.publicKey}`,
    remove: () => {
      chmodSync(folder, 0o755);
      rmSync(folder, { recursive: true });
    },
  };
}
