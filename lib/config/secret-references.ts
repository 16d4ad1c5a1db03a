import { marked } from "#lib/config/checks.ts";
import { inputSchema } from "#lib/config/json-schema.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import { parseReference } from "#lib/config/secrets.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { providerKinds } from "#lib/secrets/registry.ts";

/** Every reference to a secret in a good configuration, each once: what the poller may look up and must redact. */
export function secretReferences(config: PitwallConfig, registry: Readonly<Record<string, Integration>>): string[] {
  const ofHosts = Object.values(config.hosts).flatMap(({ key, actKey }) =>
    actKey === undefined ? [key] : [key, actKey],
  );
  const ofServices = config.services.flatMap(({ kind, config: own }) => {
    const schema = registry[kind]?.manifest.config;
    return schema === undefined ? [] : marked(inputSchema(schema), own, "secret").map(([, reference]) => reference);
  });
  const ofActions = config.services.flatMap(({ actions = [] }) =>
    actions.flatMap(({ secrets }) => Object.values(secrets)),
  );
  const ofEvents = config.eventsToken === undefined ? [] : [config.eventsToken];
  const ofProviders = Object.values(config.secrets).flatMap(
    ({ provider, config: own }) => providerKinds[provider]?.needs(own) ?? [],
  );
  const ofAccess = config.access.oidcSecret === null ? [] : [config.access.oidcSecret];
  return [...new Set([...ofHosts, ...ofServices, ...ofActions, ...ofEvents, ...ofAccess, ...ofProviders])];
}

/** Whether a provider has to be asked for it. */
export function isAskedFor(reference: string, { secrets }: Pick<PitwallConfig, "secrets">): boolean {
  const name = parseReference(reference)?.provider;
  return name !== undefined && Object.hasOwn(secrets, name);
}
