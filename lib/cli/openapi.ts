import { openApi } from "#lib/access/openapi.ts";
import { pitwallVersion } from "#lib/access/version.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

/** `pitwall openapi`: prints the API as OpenAPI 3.1. */
export function openapi({ say }: Surroundings): number {
  say(JSON.stringify(openApi(pitwallVersion), null, 2));
  return 0;
}
