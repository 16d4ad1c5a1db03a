import path from "node:path";
import { keepListening } from "#lib/access/listening.ts";
import { createRateLimits } from "#lib/access/rate-limit.ts";
import { readEnv } from "#lib/config/env.ts";
import { frontOfFile } from "#lib/config/front.ts";
import type { FrontConfig } from "#lib/config/model.ts";
import { watchText } from "#lib/config/watch-config.ts";
import { type Front, startFront } from "#lib/server/front.ts";
import { nextHandler } from "#lib/server/next-handler.ts";
import { createRefusedLog } from "#lib/server/refused-log.ts";
import { type Credentials, readCredentials, watchCredentials } from "#lib/server/tls-files.ts";

/** The web process: the front and Next behind it, from HOST, PORT and PITWALL_CONFIG, until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const env = readEnv(process.env, process.cwd());
  if (!env.ok) return fail(env.error.join("; "));
  const { host, port, configFile, storeFile } = env.value;
  const first = firstConfig(configFile, process.env.PITWALL_FRONT);
  if (first === null) return fail(`${configFile} cannot be read`);
  let config: FrontConfig = first;
  const credentials = await credentialsOf(config);
  if (typeof credentials === "string") return fail(credentials);
  const next = await nextHandler(path.resolve(import.meta.dirname, "../.."), host, port);
  const stopping = new AbortController();
  const refused = createRefusedLog((line) => console.warn(line));
  const front = await startFront({
    inner: next.inner,
    host,
    port,
    config,
    credentials,
    limits: createRateLimits(),
    now: Date.now,
    onRefused: refused.note,
    onFailing: (request, cause) => console.error(`${request.method} failed before it was answered`, cause),
  });
  const stopListening = keepListening({
    file: storeFile,
    now: Date.now,
    failing: (cause) => console.error("the store takes no sign that the web listens", cause),
  });
  const signal = stopping.signal;
  void watchText(configFile, { signal }, () => {
    const read = frontOfFile(configFile);
    // The poller says what is wrong with it, on the board; until it is right, the old one holds.
    if (read === null) return;
    if ((read.tls === null) !== (config.tls === null))
      console.error("pitwall.yaml switches TLS on or off; that takes a restart");
    config = read;
    front.applyConfig(read);
  });
  if (credentials !== null)
    void watchCredentials(
      () => config.tls,
      credentials,
      (read) => apply(front, read),
      { signal },
    );
  endOnSignal(async () => {
    stopping.abort();
    await front.drain();
    stopListening();
    await next.close();
    refused.stop();
  });
}

/**
 * What holds at first: the file, or what the parent read of it when it was right. Whether TLS is spoken is the parent's to
 * say, who was told to start it so: a file that breaks must not turn it off.
 */
function firstConfig(file: string, told: string | undefined): FrontConfig | null {
  const given = told === undefined ? null : (JSON.parse(told) as FrontConfig);
  const read = frontOfFile(file);
  if (read === null || given === null) return read ?? given;
  return (read.tls === null) === (given.tls === null) ? read : given;
}

async function credentialsOf({ tls }: FrontConfig): Promise<Credentials | string | null> {
  if (tls === null) return null;
  const read = await readCredentials(tls);
  return read.ok ? read.value : read.error;
}

function apply(front: Front, read: Awaited<ReturnType<typeof readCredentials>>): void {
  if (read.ok) {
    front.applyCredentials(read.value);
    console.log("the new certificate is in use");
  } else console.error(`the old certificate stays in use: ${read.error}`);
}

function endOnSignal(end: () => Promise<void>): void {
  let ending = false;
  const once = () => {
    if (ending) return;
    ending = true;
    end().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error("the web did not end in order", cause);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", once);
  process.on("SIGINT", once);
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

await main();
