import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type ActionIds, actionIds } from "#lib/config/known-actions.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import { parseConfig, type Registry } from "#lib/config/parse-config.ts";
import type { ConfigProblem } from "#lib/config/problem.ts";
import { resolveSecret } from "#lib/config/secrets.ts";
import { yamlBounds } from "#lib/config/yaml-source.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { registry as allKinds } from "#lib/integrations/registry.ts";

export interface ConfigPlace {
  readonly registry: Registry;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the registry's kinds; by default of all that there are. */
  readonly actionIds?: ActionIds;
}

/**
 * Reads and checks pitwall.yaml. All problems come at once, each with line and column; a file that cannot be read is a
 * problem of its first line. Secrets are looked up to see that they exist and are not kept.
 */
export function readConfig(
  file: string,
  place: ConfigPlace = { registry: allKinds, env: process.env },
): Result<PitwallConfig, ConfigProblem[]> {
  const absolute = path.resolve(file);
  const text = readText(absolute);
  if (!text.ok) return err([{ file: absolute, line: 1, column: 1, path: "", message: text.error }]);
  const folder = path.dirname(absolute);
  const secretExists = (reference: string) => resolveSecret(reference, { env: place.env, folder });
  return parseConfig(text.value, absolute, place.registry, secretExists, place.actionIds ?? actionIds);
}

function readText(file: string): Result<string, string> {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return err("it is not a file");
    if (stat.size > yamlBounds.bytes) return err("the file is over 1 MB, which no configuration needs");
    return ok(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
        return err("there is no such file");
      case "EACCES":
        return err("the file may not be read by this user");
      default:
        return err("the file cannot be read");
    }
  }
}
