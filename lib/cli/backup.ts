import { chmodSync, existsSync } from "node:fs";
import path from "node:path";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { backUp } from "#lib/store/back-up.ts";

/** `pitwall backup FILE`: a whole copy of the store, while Pitwall may run. Keys and pitwall.yaml are copied by themselves. */
export function backup({ env, cwd, say, complain }: Surroundings, to: string): number {
  const parsed = readEnv(env, cwd);
  const copy = path.resolve(cwd, to);
  const lines = !parsed.ok
    ? parsed.error
    : existsSync(parsed.value.storeFile)
      ? []
      : [`there is no store ${parsed.value.storeFile} yet; it is made at the first start`];
  if (!parsed.ok || lines.length > 0) {
    for (const line of lines) complain(line);
    return 1;
  }
  const done = backUp(parsed.value.storeFile, copy);
  if (!done.ok) {
    complain(done.error);
    return 1;
  }
  chmodSync(copy, 0o600);
  say(
    `${copy} holds the store as of now. Keep ${parsed.value.keysFile} apart from it: together they open what is sealed.`,
  );
  return 0;
}
