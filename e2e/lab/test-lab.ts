import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAbandoned, type Lab, startLab, stopLab } from "#e2e/lab/lab.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { addressesOf, ports } from "#e2e/lab/layout.ts";
import { listens } from "#e2e/lab/until.ts";

const prefix = "pwlab-";

export interface TestLab extends AsyncDisposable {
  readonly lab: Lab;
  /** Ends it and removes its files; also done when the process is interrupted. */
  readonly stop: () => Promise<void>;
}

/**
 * A whole lab for one test file, on addresses and in a folder of its own. Labs that test runs left behind when they
 * were killed are cleared away first.
 */
export async function startTestLab({ load = true }: { load?: boolean } = {}): Promise<TestLab> {
  await clearAbandoned();
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const stop = () => stopLab(folder, { wipe: true });
  const interrupted = () => void stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const lab = await startLab({ folder, net: await freeNet(), load, heldByPid: process.pid });
  const end = async () => {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    await stop();
  };
  return { lab, stop: end, [Symbol.asyncDispose]: end };
}

/** A third number for 127.0.<net>.x that no lab uses now; test files that start at once begin at different ones. */
export async function freeNet(): Promise<number> {
  for (let turn = 0; turn < 150; turn++) {
    const net = 100 + ((process.pid + turn) % 150);
    const addresses = addressesOf(net);
    const used = [
      listens(addresses.bastion, ports.ssh),
      listens(addresses["pg-a"], ports.postgres),
      listens(addresses["web-01"], ports.web),
    ];
    if (!(await Promise.all(used)).includes(true)) return net;
  }
  throw new LabError("all nets from 100 to 249 are in use by other labs");
}

async function clearAbandoned(): Promise<void> {
  const folders = readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(tmpdir(), name));
  for (const folder of folders.filter(isAbandoned)) await stopLab(folder, { wipe: true });
}
