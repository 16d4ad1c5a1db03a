import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";

/** The real poller on a store of its own, with as many HTTP services as there are addresses. */
export interface Fleet extends AsyncDisposable {
  readonly poller: MeteredChild;
  readonly dataFolder: string;
  readonly configFile: string;
}

export interface Watched {
  readonly url: string;
  readonly dependsOn?: readonly string[];
}

export function serviceId(at: number): string {
  return `service-${at}`;
}

/** Starts the poller on services that are all asked every `intervalMs`; `prepare` may fill its data folder first. */
export async function startFleet(
  watched: readonly Watched[],
  intervalMs: number,
  prepare: (dataFolder: string) => Promise<void> = async () => undefined,
): Promise<Fleet> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bench-"));
  const configFile = path.join(folder, "pitwall.yaml");
  const dataFolder = path.join(folder, "data");
  const services = watched.map(({ url, dependsOn = [] }, at) => ({ id: serviceId(at), kind: "http", url, dependsOn }));
  writeFileSync(configFile, stringify({ defaults: { interval: `${intervalMs}ms` }, services }));
  await prepare(dataFolder);
  const poller = startChild("lib/poller/main.ts", [], { PITWALL_CONFIG: configFile, PITWALL_DATA: dataFolder });
  return {
    poller,
    dataFolder,
    configFile,
    [Symbol.asyncDispose]: async () => {
      await poller[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
