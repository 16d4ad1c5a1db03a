import { isLive } from "#lib/cli/is-live.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { frontOfFile } from "#lib/config/front.ts";

const deadlineMs = 4_000;

/** `pitwall health`: 0 when the Pitwall of this machine answers, for containers and other guards. */
export async function health({ env, cwd, say, complain, signal }: Surroundings): Promise<number> {
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) {
    for (const line of parsed.error) complain(line);
    return 1;
  }
  const { host, port, configFile } = parsed.value;
  const scheme = frontOfFile(configFile)?.tls ? "https" : "http";
  const near = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  const url = `${scheme}://${near}:${port}/api/v1/health/live`;
  const live = await isLive(url, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
  if (live) say(`${url} answers`);
  else complain(`${url} does not answer`);
  return live ? 0 : 1;
}
