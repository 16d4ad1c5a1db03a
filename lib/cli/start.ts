import { existsSync } from "node:fs";
import path from "node:path";
import { buildWeb } from "#lib/cli/build-web.ts";
import { printProblems } from "#lib/cli/check.ts";
import { holdFolder } from "#lib/cli/hold-folder.ts";
import { listenRefusal } from "#lib/cli/listen-rule.ts";
import { serve } from "#lib/cli/serve.ts";
import { prefixed, type Surroundings } from "#lib/cli/surroundings.ts";
import { setupPage } from "#lib/cli/welcome.ts";
import { readEnv } from "#lib/config/env.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";

/** `pitwall start`: web and poller on the user's own pitwall.yaml, until a signal ends them. */
export async function start({ env, cwd, signal, say, complain }: Surroundings): Promise<number> {
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) return refuse(complain, parsed.error);
  const { host, configFile } = parsed.value;
  if (!existsSync(configFile)) {
    return refuse(complain, [
      `There is no ${configFile} yet. It names what to watch.`,
      "README.md has one of ten lines to copy; `npx pitwall check` says whether it is right.",
      "To look around first, without one: npm run demo",
    ]);
  }
  const config = readConfig(configFile, { registry, env });
  if (!config.ok) {
    printProblems(config.error, cwd, complain);
    return 1;
  }
  const refused = listenRefusal(host, config.value.front);
  if (refused !== null) return refuse(complain, refused);
  const held = holdFolder(parsed.value.dataFolder);
  if (!held.ok) return refuse(complain, [held.error]);
  using _folder = held.value;
  const built = await buildWeb({ say });
  if (!built.ok) return refuse(complain, [built.error]);
  const served = await serve({
    ...parsed.value,
    front: config.value.front,
    services: config.value.services,
    env,
    signal,
    output: prefixed(say),
    welcome: (store) => setupPage(store),
    onLive: (address, link) => {
      say(`Pitwall watches ${config.value.services.length} services of ${path.basename(configFile)}: ${address}`);
      if (link === null) return;
      say("Nobody has an account yet. This link makes the first one; it works once, and for an hour:");
      say(`  ${link}`);
    },
  });
  return served.ok ? 0 : refuse(complain, [served.error]);
}

function refuse(complain: (line: string) => void, lines: readonly string[]): number {
  for (const line of lines) complain(line);
  return 1;
}
