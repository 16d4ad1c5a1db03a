import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";
import { root } from "#lib/cli/root.ts";
import { pollerEnv, pollerFlags } from "#lib/cli/serve.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { storeFile } from "#lib/store/store-file.ts";

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

/** A configuration of services that are all asked every `intervalMs`. */
export function configOf(watched: readonly Watched[], intervalMs: number): string {
  const services = watched.map(({ url, dependsOn = [] }, at) => ({ id: serviceId(at), kind: "http", url, dependsOn }));
  return stringify(
    { reach: { allow: ["127.0.0.0/8"] }, defaults: { interval: `${intervalMs}ms` }, services },
    { aliasDuplicateObjects: false },
  );
}

/** As in an installation that was started before: what is compiled stays for the next run. */
const benchCache = path.join(root, "node_modules/.cache/pitwall-bench");

/** Starts the poller on them, as `pitwall start` does: on a store that is there already. `before` is what fills it. */
export async function startFleet(
  watched: readonly Watched[],
  intervalMs: number,
  before: (file: string) => Promise<void> = async () => undefined,
): Promise<Fleet> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bench-"));
  const configFile = path.join(folder, "pitwall.yaml");
  const dataFolder = path.join(folder, "data");
  writeFileSync(configFile, configOf(watched, intervalMs));
  mkdirSync(dataFolder);
  await migrateStore(storeFile(dataFolder));
  await before(storeFile(dataFolder));
  const poller = startChild(
    "lib/poller/main.ts",
    [],
    { ...pollerEnv(benchCache), PITWALL_CONFIG: configFile, PITWALL_DATA: dataFolder },
    pollerFlags(watched.map(() => ({ intervalMs }))),
  );
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
