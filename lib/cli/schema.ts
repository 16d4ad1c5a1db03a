import type { Surroundings } from "#lib/cli/surroundings.ts";
import { configJsonSchema } from "#lib/config/json-schema.ts";
import { registry } from "#lib/integrations/registry.ts";

/** `pitwall schema`: the JSON Schema of pitwall.yaml, for `# yaml-language-server: $schema=…`. */
export function schema({ say }: Surroundings): number {
  say(JSON.stringify(configJsonSchema(registry), null, 2));
  return 0;
}
