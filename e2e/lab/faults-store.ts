import type { Fault } from "#e2e/lab/fault.ts";
import { emptyStore, fillStore, isFilled } from "#e2e/lab/store.ts";

export const diskFull: Fault = {
  does: "the disk of Pitwall's store is full (needs root and `up --store <megabytes>`)",
  isOn: async (lab) => isFilled(lab.folder),
  break: async (lab) => {
    const bytes = fillStore(lab.folder);
    return `the store at ${lab.paths.store} is full: ${Math.round(bytes / 1_048_576)} MB of ballast were written`;
  },
  heal: async (lab) => {
    emptyStore(lab.folder);
    return `the ballast in ${lab.paths.store} is gone`;
  },
};
