import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeOwned } from "#e2e/lab/folder.ts";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { end, pidOf, startProgram } from "#e2e/lab/process.ts";

export const backupProcess = "backup";

/** Where the dumps go, and where it is told to whom it reports. */
export function backupPaths(folder: string) {
  return { dumps: join(folder, "backup"), report: join(folder, "report.json") } as const;
}

/** Dumps a database again and again, as cron would; it reports once it is told to whom. */
export function startBackup(lab: Lab): void {
  if (pidOf(lab, backupProcess) !== null) return;
  const password = join(lab.paths.secrets, "pg-app-password");
  startProgram(lab, backupProcess, "backup-client.ts", [lab.addresses.lb, String(ports.writes), password, lab.pgBin]);
}

export async function stopBackup(lab: Lab): Promise<void> {
  await end(lab, backupProcess, "SIGTERM", 1_000);
}

/** Tells the job where it reports, and by which token. */
export function tellBackup(lab: Lab, to: { readonly url: string; readonly token: string }): void {
  writeOwned(lab, backupPaths(lab.folder).report, `${JSON.stringify(to)}\n`, 0o600);
}

/** Whether something else lies where the dumps should go. */
export function isBackupBlocked(folder: string): boolean {
  const { dumps } = backupPaths(folder);
  return existsSync(dumps) && statSync(dumps).isFile();
}
