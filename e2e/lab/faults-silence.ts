import type { Fault } from "#e2e/lab/fault.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { type Lab, ports, type SshHost } from "#e2e/lab/layout.ts";
import { end, pidOf, processState, sendSignal, startProgram } from "#e2e/lab/process.ts";
import { searchProcess, startSearch, stopSearch } from "#e2e/lab/search.ts";
import { startSshd, stopSshd } from "#e2e/lab/sshd.ts";
import { listens, until } from "#e2e/lab/until.ts";

const mute: SshHost = "web-03";
const silentSearch = "silent-search";
const silentSshd = "silent-sshd";

/** A stopped process: the kernel still accepts for it, requests that are in it stay in it, and all go on when it does. */
export const searchHangs: Fault = {
  does: "the search service hangs: /search and /health wait for it, requests pile up, HAProxy takes every web server out",
  isOn: async (lab) => {
    const pid = pidOf(lab, searchProcess);
    return pid !== null && processState(pid) === "T";
  },
  break: async (lab) => {
    const pid = pidOf(lab, searchProcess);
    if (pid === null) throw new LabError("the search service does not run; `heal tarpit` starts it");
    sendSignal(pid, "SIGSTOP");
    await until("the search service stands still", () => processState(pid) === "T");
    return `the search service (pid ${pid}) hangs`;
  },
  heal: async (lab) => {
    const pid = pidOf(lab, searchProcess);
    if (pid !== null) sendSignal(pid, "SIGCONT");
    await startSearch(lab);
    return "the search service goes on";
  },
};

export const tarpit: Fault = {
  does: "in place of the search service something listens that accepts and never answers: what it takes is lost",
  isOn: async (lab) => pidOf(lab, silentSearch) !== null,
  break: async (lab) => {
    await stopSearch(lab);
    await startSilent(lab, silentSearch, lab.addresses.search, ports.search);
    return `a tarpit listens at ${lab.addresses.search}:${ports.search} instead of the search service`;
  },
  heal: async (lab) => {
    await end(lab, silentSearch);
    await startSearch(lab);
    return "the tarpit is gone and the search service answers again";
  },
};

export const sshHangs: Fault = {
  does: `sshd on ${mute} accepts and never speaks, and every session that was open is cut`,
  isOn: async (lab) => pidOf(lab, silentSshd) !== null,
  break: async (lab) => {
    await stopSshd(lab, mute);
    await startSilent(lab, silentSshd, lab.addresses[mute], ports.ssh);
    return `at ${lab.addresses[mute]}:${ports.ssh} something accepts and never speaks instead of sshd`;
  },
  heal: async (lab) => {
    await end(lab, silentSshd);
    await startSshd(lab, mute);
    return `sshd on ${mute} speaks again`;
  },
};

async function startSilent(lab: Lab, name: string, address: string, port: number): Promise<void> {
  startProgram(lab, name, "silent-server.ts", [address, String(port)]);
  await until(`${name} listens`, () => listens(address, port));
}
