import path from "node:path";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { secretReferences } from "#lib/config/secret-references.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { createTransports } from "#lib/transports/transports.ts";

/**
 * `pitwall check --resolve`: asks the providers for every secret of a good configuration, as the poller would. One line a
 * reference: found, or not and why; nothing of a value, not even its length. Returns whether all were found.
 */
export async function resolveSecrets(
  { env, cwd, say, complain }: Surroundings,
  file: string | undefined,
): Promise<boolean> {
  const parsed = readEnv(env, cwd);
  const given = file === undefined ? parsed.ok && parsed.value.configFile : path.resolve(cwd, file);
  const read = given === false ? undefined : readConfig(given, { registry, env });
  if (read === undefined || !read.ok) return false;
  const config = read.value;
  const secrets = createKnownSecrets(config.file, env, () => undefined);
  const transports = createTransports({ hosts: {}, reach: config.reach, secret: secrets.resolve });
  try {
    const references = secretReferences(config, registry);
    await secrets.use(references, config.secrets, transports);
    const missing = references.filter((reference) => {
      const found = secrets.resolve(reference);
      if (found.ok) say(`found      ${reference}`);
      else complain(`not found  ${reference}: ${secrets.redact(found.error.what)}`);
      return !found.ok;
    });
    return missing.length === 0;
  } finally {
    await transports.close();
  }
}
