import { pino } from "pino";
import { readEnv } from "#lib/config/env.ts";
import { formatProblem } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";
import { guardOutput, redactedLog } from "#lib/poller/guarded-output.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { startPoller } from "#lib/poller/poller.ts";
import { createTransports } from "#lib/transports/transports.ts";

/** The poller as a process: PITWALL_CONFIG and PITWALL_DATA say what and where. It ends with its parent. */
async function main(): Promise<void> {
  let redact = (text: string) => text;
  const printed = process.stdout.write.bind(process.stdout);
  const log = pino(
    { base: { program: "poller" }, timestamp: pino.stdTimeFunctions.isoTime },
    redactedLog((text) => redact(text), printed),
  );
  guardOutput(process.stdout, (text) => redact(text));
  guardOutput(process.stderr, (text) => redact(text));
  // Node itself would print the error as it is; a rejection that nobody handles comes here as well.
  process.on("uncaughtException", (bug, origin) => {
    log.fatal({ err: bug, origin }, "the poller broke off by a bug");
    process.exit(1);
  });
  process.on("warning", (warning) => log.warn({ err: warning }, "a warning of Node"));
  const env = readEnv(process.env, process.cwd());
  if (!env.ok) return refuse(env.error);
  const { configFile, dataFolder, keysFile } = env.value;
  const config = readConfig(configFile);
  if (!config.ok) return refuse(config.error.map(formatProblem));
  const secrets = createKnownSecrets(configFile, process.env, (message) => log.warn(message));
  redact = secrets.redact;
  const transports = createTransports({
    hosts: config.value.hosts,
    reach: config.value.reach,
    secret: secrets.resolve,
  });
  const poller = await startPoller({
    config: config.value,
    dataFolder,
    keysFile,
    registry,
    transports,
    secrets,
    readConfig: (file) => readConfig(file),
    log,
  });
  log.info({ pid: process.pid }, "polling");
  const by = await toldToStop();
  log.info({ by }, "stopping");
  await poller.stop();
  process.exit(0);

  function refuse(lines: readonly string[]): void {
    for (const line of lines) log.fatal(line);
    process.exitCode = 1;
  }
}

/** A signal, or the end of the parent: nobody would restart or stop an orphan. */
function toldToStop(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
    process.once("disconnect", () => resolve("end of the parent"));
  });
}

await main();
