import { join } from "node:path";
import { pino } from "pino";
import { flag } from "#e2e/drill/flag-kind.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { usualSettings } from "#lib/access/identity/settings.ts";
import { noFront } from "#lib/config/front.ts";
import type { PitwallConfig, ServiceConfig } from "#lib/config/model.ts";
import { defaultPolicy } from "#lib/core/state.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { type Poller, startPoller } from "#lib/poller/poller.ts";
import { createTransports } from "#lib/transports/transports.ts";

/** A whole poller over two services of the drill kind that see the same node: `near`, with what else it should have, and `far`. */
export async function startFlagPoller(
  folder: string,
  near: Partial<ServiceConfig> = {},
  environment: NodeJS.ProcessEnv = process.env,
  hosts: PitwallConfig["hosts"] = {},
): Promise<Poller> {
  const config: PitwallConfig = {
    file: join(folder, "pitwall.yaml"),
    digest: "drill",
    front: noFront,
    hosts,
    reach: onLoopback,
    secrets: {},
    access: { settings: usualSettings, oidcSecret: null },
    audit: { keepMs: 94_608_000_000, archiveFolder: null },
    heal: { massFailure: 50 },
    maintenance: [],
    runbooks: [],
    history: { rawMs: 172_800_000, minutesMs: 2_592_000_000, hoursMs: 63_072_000_000, maxBytes: null },
    services: [{ ...flagService("near", folder), ...near }, flagService("far", folder)],
  };
  const secrets = createKnownSecrets(config.file, { FLAG_SECRET: "open-sesame" }, () => undefined);
  return await startPoller({
    config,
    dataFolder: join(folder, "data"),
    registry: { flag },
    transports: createTransports({ reach: onLoopback, hosts, secret: secrets.resolve, environment }),
    secrets,
    log: pino({ level: "silent" }),
  });
}

function flagService(id: string, folder: string): ServiceConfig {
  return {
    id,
    kind: "flag",
    name: `The ${id}`,
    group: null,
    dependsOn: [],
    intervalMs: 1_000,
    timeoutMs: 800,
    retryMs: 1_000,
    policy: defaultPolicy,
    rules: {},
    config: { file: join(folder, id), diary: join(folder, "diary"), node: "n1" },
  };
}

// As a program: polls until it is killed, which is what the crash drill does to it.
if (process.argv[1] === import.meta.filename && process.argv[2] !== undefined) {
  await startFlagPoller(process.argv[2], JSON.parse(process.argv[3] ?? "{}") as Partial<ServiceConfig>);
  process.send?.("polling");
}
