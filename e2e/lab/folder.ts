import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Lab } from "#e2e/lab/layout.ts";
import { giveToOwner, readText } from "#e2e/lab/process.ts";

type Placed = Pick<Lab, "owner">;

/** Makes folders that belong to the servers' user, closed to others. */
export function makeFolders(lab: Placed, ...folders: string[]): void {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    giveToOwner(lab, folder);
  }
}

/** Writes a file that belongs to the servers' user. */
export function writeOwned(lab: Placed, file: string, text: string, mode = 0o640): void {
  if (!existsSync(dirname(file))) makeFolders(lab, dirname(file));
  writeFileSync(file, text, { mode });
  giveToOwner(lab, file);
}

/** The secret in `file`; made up and stored for its owner only when there is none yet. */
export function secretIn(lab: Placed, file: string): string {
  const kept = readText(file).trim();
  if (kept !== "") return kept;
  const made = randomBytes(18).toString("base64url");
  writeOwned(lab, file, `${made}\n`, 0o600);
  return made;
}
