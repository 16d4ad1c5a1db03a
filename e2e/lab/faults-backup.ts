import { rmSync } from "node:fs";
import { backupPaths, backupProcess, isBackupBlocked, startBackup } from "#e2e/lab/backup.ts";
import type { Fault } from "#e2e/lab/fault.ts";
import { writeOwned } from "#e2e/lab/folder.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { pidOf, processState, sendSignal } from "#e2e/lab/process.ts";
import { until } from "#e2e/lab/until.ts";

export const backupFails: Fault = {
  does: "the backup's folder is not there any more, and a file is in its place: each run fails with what pg_dump says",
  isOn: async (lab) => isBackupBlocked(lab.folder),
  break: async (lab) => {
    const { dumps } = backupPaths(lab.folder);
    rmSync(dumps, { recursive: true, force: true });
    writeOwned(lab, dumps, "");
    return `${dumps} is a file now`;
  },
  heal: async (lab) => {
    const { dumps } = backupPaths(lab.folder);
    rmSync(dumps, { force: true });
    return `${dumps} is a folder again at the next run`;
  },
};

export const backupStops: Fault = {
  does: "the backup stands still: nothing is heard of it, it is late and then missed",
  isOn: async (lab) => {
    const pid = pidOf(lab, backupProcess);
    return pid !== null && processState(pid) === "T";
  },
  break: async (lab) => {
    const pid = pidOf(lab, backupProcess);
    if (pid === null) throw new LabError("the backup does not run; a lab without load has none");
    sendSignal(pid, "SIGSTOP");
    await until("the backup stands still", () => processState(pid) === "T");
    return `the backup (pid ${pid}) stands still`;
  },
  heal: async (lab) => {
    const pid = pidOf(lab, backupProcess);
    if (pid !== null) sendSignal(pid, "SIGCONT");
    startBackup(lab);
    return "the backup goes on";
  },
};
