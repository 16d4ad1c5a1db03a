import { buildWeb } from "#lib/cli/build-web.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

/** `pitwall build`: builds the web, when it must. */
export async function build({ say, complain }: Surroundings, { force = false }: { force?: boolean }): Promise<number> {
  const built = await buildWeb({ force, say });
  if (!built.ok) complain(built.error);
  else say("The web is built.");
  return built.ok ? 0 : 1;
}
